"""The page as text: whole, without a network, and whatever a results file holds stays text."""

import base64
import hashlib
import json
import re
from html.parser import HTMLParser
from itertools import pairwise

import msgspec
import pytest
from msgspec import structs

from concur.bench.results import Cell, Run
from concur.report.page.page import told
from tests.report.gil.reports import report

EVIL = "</script><script>alert(1)</script><img src=x onerror=alert(1)>\"' &amp; {{ 7*7 }} ${x} \u2028"
pytestmark = pytest.mark.timeout(60)  # a page has many pictures
VOID = {"meta", "br", "img", "input", "link", "hr"}


class Reader(HTMLParser):
    """Tags with their attributes in order, what is open at the end, and the content of each script."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.open: list[str] = []
        self.scripts: list[str] = []
        self.feed(text)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))
        if tag not in VOID:
            self.open.append(tag)
        if tag == "script":
            self.scripts.append("")

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        if self.open and self.open[-1] == "script":
            self.scripts[-1] += data


@pytest.fixture(scope="module")
def small(small_run, page_of):
    """The page of a run of two models on two interpreters, with what the GIL does."""
    return page_of(small_run, gil=report(("3.11", "3.13t")))


def test_it_is_well_formed_and_its_ids_are_its_own(small):
    reader = Reader(small)
    assert reader.open == []
    ids = [attributes["id"] for _, attributes in reader.tags if "id" in attributes]
    assert len(ids) == len(set(ids))


def test_every_reference_stays_within_the_file(small):
    found = [value for _, one in Reader(small).tags for key, value in one.items() if key in ("href", "src", "action")]
    assert found
    assert all(value and value.startswith("#") for value in found)
    assert not re.search(r"@import|url\((?!#)", small)


def test_every_link_leads_somewhere(small):
    tags = Reader(small).tags
    ids = {one.get("id") for _, one in tags}
    assert {str(one["href"])[1:] for tag, one in tags if tag == "a"} <= ids


def test_the_policy_allows_its_own_style_and_script_alone(small):
    policy = next(one["content"] for tag, one in Reader(small).tags if "http-equiv" in one)
    assert policy
    assert policy.startswith("default-src 'none'; ")
    assert "unsafe" not in policy
    for text in (small.partition("<style>")[2].partition("</style>")[0], Reader(small).scripts[1]):
        assert base64.b64encode(hashlib.sha256(text.encode()).digest()).decode() in policy


def test_nothing_needs_what_the_policy_forbids(small):
    attributes = {key for _, one in Reader(small).tags for key in one}
    assert "style" not in attributes
    assert not [key for key in attributes if key.startswith("on")]


def test_headings_are_in_order_and_landmarks_are_there(small):
    tags = [tag for tag, _ in Reader(small).tags]
    levels = [int(tag[1]) for tag in tags if re.fullmatch("h[1-6]", tag)]
    assert levels[0] == 1
    assert levels.count(1) == 1
    assert all(after <= before + 1 for before, after in pairwise(levels))
    assert {"header", "nav", "main", "footer"} <= set(tags)


def test_the_raw_data_are_the_run(small, small_run):
    assert msgspec.json.decode(Reader(small).scripts[0], type=Run) == small_run


def test_markup_in_cells_stays_text(full, page_of):
    run = full(["threads", "callbacks"])
    places = ("model", "label", "interpreter", "scenario", "reason", "explanation", "warmup", "topology", "cause")
    run.cells[0] = structs.replace(run.cells[0], **dict.fromkeys(places, EVIL))
    check_harmless(page_of(run))


def test_markup_anywhere_else_stays_text(full, page_of):
    run = full(["threads"], warnings=[EVIL], machine={EVIL: EVIL, "cpu": {"a": [EVIL]}})
    run.cells[0].observed = {"implementation": EVIL, "version": {EVIL: 1}}
    run = structs.replace(run, id=EVIL, concur=EVIL, started_at=EVIL, command=[EVIL, f"--{EVIL}"])
    check_harmless(page_of(run, notes=[EVIL]))


def check_harmless(text: str) -> None:
    """It has no more scripts than any page, no image, no handler, and the data are whole."""
    reader = Reader(text)
    assert reader.open == []
    tags = [tag for tag, _ in reader.tags]
    assert tags.count("script") == 2
    assert "img" not in tags
    assert not [key for _, one in reader.tags for key in one if key.startswith("on")]
    assert "{{ 7*7 }}" in text
    assert json.loads(reader.scripts[0])


def test_a_failed_a_wrong_and_an_absent_cell_are_said_and_not_ranked(full, page_of):
    run = full(["threads", "callbacks", "polling", "greenlets"])
    for cell, verdict in zip(run.cells[1:4], ("failed", "wrong", "absent"), strict=True):
        cell.verdict, cell.reason, cell.rate_per_s = verdict, f"because of {verdict}", None
    text = page_of(run)
    assert all(f"because of {verdict}" in text for verdict in ("failed", "wrong", "absent"))
    assert "could not be" in text or "failed and is not ranked" in text


def test_a_run_in_which_everything_failed_has_a_page(runs, page_of):
    cell = Cell(model="threads", topology="1", interpreter="3.11", scenario="small", label="threads",
                verdict="failed", reason="it died", trials=[])  # fmt: skip
    text = page_of(runs.run("x", [cell]))
    assert "threads failed and is not ranked: it died" in text
    assert "<figure>" not in text


def test_an_interruption_and_notes_are_said_at_the_top_and_the_command_at_the_end(full, page_of):
    run = structs.replace(full(["threads"]), complete=False, command=["concur", "bench", "--env", "A=b c"])
    text = page_of(run, notes=["gil-x.json is left out"])
    places = ["The run did not end", "gil-x.json is left out", 'id="ranking"', ">concur bench --env &#39;A=b c&#39;<"]
    assert [text.index(one) for one in places] == sorted(text.index(one) for one in places)


@pytest.mark.parametrize(
    ("value", "key", "text"),
    [
        (None, "", ""),
        (True, "", "yes"),
        (2**34, "memory_bytes", "16.0 GiB"),
        (0.0014467253, "", "0.00144673"),
        ([0, 1], "", "0, 1"),
        ({"governor": None, "boost": False}, "", "boost: no"),
    ],
)
def test_a_value_of_the_machine_reads_well(value, key, text):
    assert told(value, key) == text
