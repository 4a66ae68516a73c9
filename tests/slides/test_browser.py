"""Built and presented decks in a browser: Debian's Chromium by Playwright.

Where there is no Chromium these are skipped; CI installs it (.ci/run).
"""

import os
import shutil
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from concur.slides import build, page
from concur.slides.counts import Counts, rows
from concur.slides.deck import load
from concur.slides.present.server import presenter
from tests.slides.conftest import SAMPLE

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser")
FLAGS = ["--no-sandbox", "--disable-background-networking"]
SIZES = [(1280, 720), (1920, 1080)]
DECKS = [SAMPLE / "1-sample.md", *sorted(build.OURS.glob("*.md"))]
# What of the slide that is shown lies outside of it, or of its own box: the first few.
OUTSIDE = """() => {
    const slide = Reveal.getCurrentSlide(), edge = slide.getBoundingClientRect(), found = [];
    if (edge.right > innerWidth + 1 || edge.bottom > innerHeight + 1) { found.push("the slide itself"); }
    const more = slide.scrollHeight - slide.clientHeight;
    if (more > 1) { found.push("higher by " + more); }
    for (const one of slide.querySelectorAll("*")) {
        const box = one.getBoundingClientRect();
        if (one.closest("aside, .ran pre, svg g") || !box.width || !box.height) { continue; }
        const isAside = box.right > edge.right + 1 || box.left < edge.left - 1;
        if (isAside || box.bottom > edge.bottom + 1 || box.top < edge.top - 1) {
            found.push(one.tagName + ": " + one.textContent.trim().slice(0, 40));
        }
        if (one.matches("pre code") && one.scrollWidth > one.clientWidth + 1) {
            found.push("code: " + one.textContent.trim().slice(0, 40));
        }
    }
    return found.slice(0, 4);
}"""
# Words of a picture that leave its frame.
CUT = """() => Array.from(Reveal.getCurrentSlide().querySelectorAll("figure svg")).flatMap(svg => {
    const frame = svg.getBoundingClientRect();
    return Array.from(svg.querySelectorAll("text")).filter(one => {
        const box = one.getBoundingClientRect();
        return box.right > frame.right + 2 || box.left < frame.left - 2 || box.bottom > frame.bottom + 2;
    }).map(one => one.textContent.slice(0, 40));
}).slice(0, 4)"""
# What a block may have to show at most.
LONG: dict[str, Any] = {
    "output": "a line of output that is about as long as they are\n" * 60,
    "problem": "it was ended after 15 s",
    "counters": [row._asdict() | {"start": row.value} for row in rows(Counts(*[10**9] * 8), ("switches",))],
}

pytestmark = [pytest.mark.long, pytest.mark.timeout(180)]


@pytest.fixture(scope="module")
def chromium() -> Iterator[Any]:
    """One browser for all of these."""
    if CHROMIUM is None:
        (pytest.fail if os.environ.get("CI") else pytest.skip)("needs Chromium: apt install chromium")
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        yield browser
        browser.close()


@pytest.fixture
def opened(chromium) -> Iterator[Any]:
    """Open a page; at the end, nothing was complained of, and nothing was asked for but from where the page is."""
    contexts, complaints, asked = [], [], []
    allowed = []

    def open_it(url: str, size: tuple[int, int] = SIZES[0], scheme: str = "light") -> Any:
        context = chromium.new_context(viewport={"width": size[0], "height": size[1]}, color_scheme=scheme)
        contexts.append(context)
        allowed.append(url.partition("?")[0].rpartition("/")[0])
        context.on("page", watch)
        one = context.new_page()
        one.goto(url)
        one.locator(".reveal.ready").wait_for()  # not by a function: the page's policy forbids what evaluates text
        return one

    def watch(one: Any) -> None:
        one.on("console", lambda message: complaints.append(message.text))
        one.on("pageerror", lambda error: complaints.append(str(error)))
        one.on("request", lambda request: asked.append(request.url))

    yield open_it
    for context in contexts:
        context.close()
    assert complaints == []
    assert [url for url in asked if not url.startswith((*allowed, "about:"))] == []


@pytest.fixture(scope="module")
def built(tmp_path_factory) -> dict[Path, Path]:
    """Each deck's page."""
    folder = tmp_path_factory.mktemp("built")
    made = {}
    for path in DECKS:
        made[path] = folder / f"{path.stem}.html"
        text = page.to_html(load(path), build.pictures_of(path.parent, folder / "none"))
        made[path].write_text(text, "utf-8")
    return made


def walk(one: Any) -> Iterator[int]:
    """Each slide in turn, all its steps taken."""
    for number in range(one.evaluate("Reveal.getTotalSlides()")):
        one.evaluate(f"Reveal.slide({number}, 0, 99)")
        yield number + 1


@pytest.mark.parametrize("path", DECKS, ids=lambda path: path.stem)
@pytest.mark.parametrize("size", SIZES, ids=lambda size: f"{size[0]}x{size[1]}")
def test_every_slide_fits(opened, built, path, size):
    one = opened(built[path].as_uri(), size)
    found = {number: [*one.evaluate(OUTSIDE), *one.evaluate(CUT)] for number in walk(one)}
    assert {number: outside for number, outside in found.items() if outside} == {}


@pytest.mark.parametrize("path", DECKS, ids=lambda path: path.stem)
def test_every_slide_has_notes_and_minutes_and_they_add_up(opened, built, path):
    one = opened(built[path].as_uri())
    slides = one.evaluate("""Reveal.getSlides().map(slide =>
        [slide.querySelector("aside.notes").textContent.trim().length, Number(slide.dataset.minutes)])""")
    assert slides
    assert all(notes > 0 and minutes > 0 for notes, minutes in slides)
    assert sum(minutes for _, minutes in slides) == load(path).minutes


def test_dark_follows_the_system_and_a_key_turns_it_round(opened, built):
    ground = "getComputedStyle(document.querySelector('.reveal-viewport')).backgroundColor"
    light, dark = opened(built[DECKS[0]].as_uri()), opened(built[DECKS[0]].as_uri(), scheme="dark")
    before = dark.evaluate(ground)
    assert light.evaluate(ground) != before
    light.keyboard.press("d")
    assert light.evaluate(ground) == before


def test_a_built_deck_has_nothing_to_run(opened, built):
    assert opened(built[DECKS[0]].as_uri()).locator("button:visible").count() == 0


def test_it_prints_a_page_a_slide_without_a_complaint(opened, built):
    one = opened(built[DECKS[0]].as_uri() + "?view=print")
    one.locator(".pdf-page").nth(2).wait_for(state="attached")
    assert one.locator(".pdf-page").count() == 3


@pytest.fixture(scope="module", params=DECKS, ids=lambda path: path.stem)
def presented(request) -> Iterator[str]:
    """The address of a deck that is presented."""
    deck = load(request.param)
    with presenter([deck], build.pictures_of(request.param.parent)) as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
        thread.start()
        yield f"{server.gate.url}{deck.name}.html"
        server.shutdown()
        thread.join()


def test_every_slide_fits_with_its_run_beside_it(opened, presented):
    """The sample's block is run; the talk's (`test_talk.py` runs them) are answered with the most there can be."""
    one = opened(presented)
    if "1-sample" not in presented:
        one.route("**/run", lambda route: route.fulfill(json=LONG))
    found = {}
    for number in walk(one):
        if one.locator("section.present .ran button").count():
            one.keyboard.press("r")
            one.locator("section.present .ran td").first.wait_for(timeout=60_000)
            assert one.locator("section.present .ran .state").inner_text() == LONG["problem"] * (
                "1-sample" not in presented
            )
        found[number] = one.evaluate(OUTSIDE)
    assert {number: outside for number, outside in found.items() if outside} == {}


def test_the_presenter_view_shows_notes_and_the_next_slide(opened, presented):
    if "1-sample" not in presented:
        pytest.skip("once is enough")
    one = opened(presented)
    with one.context.expect_page() as other:
        one.keyboard.press("s")
    view = other.value
    view.get_by_text("Ask how many").wait_for()
    view.frame_locator("iframe").nth(1).locator(".reveal.ready").wait_for()
    one.keyboard.press("r")
    view.frame_locator("iframe").nth(0).locator("tr.asked-for").first.wait_for(timeout=60_000)
