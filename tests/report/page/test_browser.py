"""The page in a browser: Debian's Chromium by Playwright, and axe-core for barriers.

Where there is no Chromium or no axe-core these are skipped; CI installs both (.ci/run).
"""

import os
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.report.gil.reports import report

AXE = Path(__file__).with_name("axe") / "node_modules" / "axe-core" / "axe.min.js"
CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser")
FLAGS = ["--no-sandbox", "--disable-background-networking"]
WIDTHS, SCHEMES = (360, 768, 1280, 1920), ("light", "dark")
RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]

pytestmark = [pytest.mark.long, pytest.mark.timeout(120)]


@pytest.fixture(scope="module")
def chromium() -> Iterator[Any]:
    """One browser for all of these."""
    if CHROMIUM is None:
        missing("needs Chromium: apt install chromium")
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        yield browser
        browser.close()


@pytest.fixture(scope="module")
def path(tmp_path_factory, page_of, full_shared) -> Path:
    """The page of a run of all models on two interpreters, with what the GIL does."""
    made: Path = tmp_path_factory.mktemp("page") / "report.html"
    made.write_text(page_of(full_shared, gil=report(("3.11", "3.13t"))))
    return made


@pytest.fixture(scope="module")
def small_path(tmp_path_factory, page_of, small_run) -> Path:
    """The page of two models on two interpreters: axe looks at every element."""
    made: Path = tmp_path_factory.mktemp("page") / "small.html"
    made.write_text(page_of(small_run, gil=report(("3.11", "3.13t"))))
    return made


Open = Callable[..., Any]


@pytest.fixture
def opened(chromium, path) -> Iterator[Open]:
    """Open the page; at the end, nothing was complained of and nothing was fetched but the file."""
    contexts, complaints, asked = [], [], []

    def open_it(width: int = 1280, scheme: str = "light", file: Path = path, **options: Any) -> Any:
        context = chromium.new_context(viewport={"width": width, "height": 900}, color_scheme=scheme, **options)
        contexts.append(context)
        page = context.new_page()
        page.on("console", lambda message: complaints.append(message.text))
        page.on("pageerror", lambda error: complaints.append(str(error)))
        page.on("request", lambda request: asked.append(request.url))
        page.goto(file.as_uri())
        return page

    yield open_it
    for context in contexts:
        context.close()
    assert complaints == []
    assert all(address.startswith("file:") for address in asked)
    assert len(asked) == len(contexts)


def missing(reason: str) -> None:
    (pytest.fail if os.environ.get("CI") else pytest.skip)(reason)


@pytest.mark.parametrize("width", WIDTHS)
def test_nothing_overflows_at_any_width(opened, width):
    page = opened(width)
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    assert (
        page.evaluate("""() => Array.from(document.querySelectorAll("main *"))
        .filter(one => !one.closest(".scroll, svg, .unseen") && one.getBoundingClientRect().right > innerWidth + 1)
        .map(one => one.outerHTML.slice(0, 80))""")
        == []
    )


@pytest.mark.parametrize(("width", "scheme"), [(360, "light"), (1280, "dark")])
def test_axe_finds_no_barrier(opened, small_path, width, scheme):
    if not AXE.exists():
        missing("needs axe-core: npm ci --prefix tests/report/page/axe")
    page = opened(width, scheme, small_path, bypass_csp=True)  # axe is a script that the policy would not let in
    page.evaluate("document.querySelectorAll('details').forEach(one => { one.open = true; })")
    page.add_script_tag(content=AXE.read_text())
    found = page.evaluate("rules => axe.run({runOnly: rules})", RULES)
    assert [(one["id"], [node["html"][:120] for node in one["nodes"][:3]]) for one in found["violations"]] == []


def test_a_click_sorts_a_table_and_another_turns_it_round(opened):
    page = opened()
    table = page.locator("#latency table").first
    page.locator("#latency summary").click()
    head = table.locator("thead th").nth(3)
    orders = []
    for sort in ("descending", "ascending"):
        head.locator("button").click()
        assert head.get_attribute("aria-sort") == sort
        cells = table.locator("tbody tr td:nth-child(4)")
        orders.append([float(text.replace(",", "")) for text in cells.all_inner_texts() if text])
    assert orders[0] == sorted(orders[0], reverse=True)
    assert orders[1] == sorted(orders[1])


def test_a_table_sorts_by_the_keyboard(opened):
    page = opened()
    head = page.locator("#ranking table").first.locator("thead th").first
    head.locator("button").focus()
    page.keyboard.press("Enter")
    assert head.get_attribute("aria-sort") == "ascending"
    names = page.locator("#ranking table").first.locator("tbody th").all_inner_texts()
    assert names == sorted(names)


def test_a_model_that_is_switched_off_is_in_no_picture_and_no_table(opened):
    page = opened()
    shown = page.locator('[data-series="threads"]:visible')
    assert shown.count() > 3
    page.locator('#models input[value="threads"]').uncheck()
    assert shown.count() == 0
    page.locator("#models button", has_text="None").click()
    assert page.locator("tbody [data-series]:visible").count() == 0
    page.locator("#models button", has_text="All").click()
    assert shown.count() > 3


def test_a_value_shows_under_the_pointer(opened):
    page = opened()
    page.locator('#ranking .wide [data-series="threads"]').first.hover()
    assert page.locator("#tip").inner_text().startswith("threads")


def test_light_and_dark_follow_the_system_until_one_is_chosen(opened):
    ground = "getComputedStyle(document.documentElement).backgroundColor"
    light, dark = opened(), opened(scheme="dark")
    assert light.evaluate(ground) != dark.evaluate(ground)
    before = dark.evaluate(ground)
    light.locator("#scheme").click()
    assert light.evaluate(ground) == before
    assert light.locator("#scheme").inner_text() == "Light"


def test_axes_are_as_dark_or_light_as_the_text(opened):
    colour = "getComputedStyle(document.querySelector('#ranking .wide text')).fill"
    ink = "getComputedStyle(document.body).color"
    for scheme in SCHEMES:
        page = opened(scheme=scheme)
        assert page.evaluate(colour) == page.evaluate(ink)


def test_without_a_script_everything_is_readable(opened):
    page = opened(java_script_enabled=False)
    assert page.locator("#ranking .wide svg").first.is_visible()
    assert page.locator("#ranking tbody tr").first.is_visible()
    assert not page.locator("#models").is_visible()
    page.locator("#latency summary").click()
    assert page.locator("#latency table").first.is_visible()


def test_a_phone_gets_pictures_of_its_own(opened):
    page = opened(360)
    assert not page.locator("#ranking .wide").first.is_visible()
    smallest = page.evaluate("""() => Math.min(...Array.from(document.querySelectorAll("#ranking .narrow text"))
        .map(one => parseFloat(one.getAttribute("font-size")) * one.getScreenCTM().a))""")
    assert smallest >= 8.5


def test_a_word_at_the_end_of_a_row_is_not_broken_on_a_phone(opened, small_path):
    page = opened(360, file=small_path)
    lines = page.evaluate("""() => Array.from(document.querySelectorAll("#ranking td:last-child"))
        .filter(one => one.textContent === "warm-up")
        .map(one => { const all = new Range(); all.selectNodeContents(one); return all.getClientRects().length; })""")
    assert lines
    assert set(lines) == {1}


def test_it_prints_without_what_only_a_screen_needs(opened):
    page = opened(scheme="dark")
    page.emulate_media(media="print")
    assert not page.locator("#models").is_visible()
    assert page.evaluate("getComputedStyle(document.documentElement).backgroundColor") == "rgb(255, 255, 255)"
    assert len(page.pdf()) > 10_000


def test_the_raw_data_can_be_saved(opened, tmp_path):
    page = opened()
    with page.expect_download() as download:
        page.locator("#save").click()
    assert download.value.suggested_filename == "run.json"
