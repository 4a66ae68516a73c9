"""A deck's page as text: whole, without a network, under a strict policy."""

import hashlib
import re
from base64 import b64encode
from html import unescape
from html.parser import HTMLParser
from pathlib import Path

import pytest

from concur.errors import UsageError
from concur.slides import page
from concur.slides.pictures import Pictures
from tests.slides.conftest import SAMPLE

REVEAL = Path(page.__file__).parent / "reveal"


class Reader(HTMLParser):
    """Tags with their attributes, and the texts of scripts and styles."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.texts: list[str] = []
        self.within = ""
        self.feed(text)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))
        self.within = tag
        if tag in ("script", "style"):
            self.texts.append("")

    def handle_endtag(self, tag: str) -> None:
        self.within = ""

    def handle_data(self, data: str) -> None:
        if self.within in ("script", "style"):
            self.texts[-1] += data


@pytest.fixture(scope="module", params=[False, True], ids=["built", "presented"])
def html(request, sample_deck):
    return page.to_html(sample_deck, Pictures(SAMPLE, Path("none")), is_live=request.param)


def test_nothing_is_fetched(html):
    values = [value for _, one in Reader(html).tags for key, value in one.items() if key in ("src", "href", "action")]
    assert all(value and value.startswith("#") for value in values)
    assert not re.search(r"@import|url\((?![#d])", html.partition("</head>")[0])


def test_the_policy_allows_exactly_what_is_in_the_page(html):
    reader = Reader(html)
    policy = next(one["content"] for tag, one in reader.tags if "http-equiv" in one) or ""
    assert policy.startswith("default-src 'none'; ")
    assert "unsafe-inline" not in policy
    assert "unsafe-eval" not in policy
    assert len(reader.texts) >= 7
    for text in reader.texts:
        assert b64encode(hashlib.sha256(text.encode()).digest()).decode() in policy


def test_nothing_needs_what_the_policy_forbids(html):
    found = {key for _, one in Reader(html).tags for key in one}
    assert "style" not in found
    assert not [key for key in found if key.startswith("on")]


def test_a_built_page_asks_nobody(sample_deck):
    built = unescape(page.to_html(sample_deck, Pictures(SAMPLE)))
    presented = unescape(page.to_html(sample_deck, Pictures(SAMPLE), is_live=True))
    assert "connect-src" not in built
    assert "connect-src 'self'; frame-src 'self'" in presented
    assert "data-live" not in built.partition("<body")[2].partition(">")[0]


def test_each_slide_has_notes_minutes_and_topic(html, sample_deck):
    found = [one for tag, one in Reader(html).tags if tag == "section"]
    assert [one["data-topic"] for one in found] == [slide.topic for slide in sample_deck.slides]
    assert [one["data-timing"] for one in found] == ["120", "180", "60"]
    assert html.count('<aside class="notes">') == 3


def test_a_runnable_block_is_named_and_its_code_is_text(html):
    assert 'data-block="touching"' in html
    assert '<p class="quoted">concur/kernel/trampoline.py:Stepper.resume</p>' in html


def test_what_is_missing_is_named_in_a_draft_and_else_refused(deck_of, sample):
    deck = deck_of("![a](figure:none)\n")
    with pytest.raises(UsageError, match="missing figure none"):
        page.to_html(deck, Pictures(sample))
    assert "missing figure none" in page.to_html(deck, Pictures(sample), is_draft=True)


def test_titles_and_notes_with_markup_in_them_stay_text(deck_of, sample):
    evil = "</script><script>alert(1)</script>"
    deck = deck_of(f"{evil}\n", head=f"## {evil}\n<!-- topic: threads · minutes: 2 -->\n", notes=f"\n???\n{evil}\n")
    found = page.to_html(deck._replace(title=evil), Pictures(sample))
    assert "<script>alert(1)" not in found


def test_all_decks_are_named_on_one_page(sample_deck):
    found = page.contents_html([sample_deck])
    assert '<a href="1-sample.html">A sample</a>' in found
    assert "script-src" not in found


def test_reveal_is_as_it_was_published_and_its_licence_is_with_it():
    lines = [line.split("  ") for line in (REVEAL / "SHA256SUMS").read_text().splitlines()]
    sums = {name: digest for digest, name in lines}
    assert {"LICENSE", "reveal.js", "reveal.css", "notes.js"} <= set(sums)
    for name, expected in sums.items():
        assert hashlib.sha256((REVEAL / name).read_bytes()).hexdigest() == expected


def test_the_presenter_views_script_is_the_one_that_the_policy_allows():
    import json

    script = re.search(r"<script>(.*?)</script>", (REVEAL / "speaker-view.html").read_text(), re.DOTALL)
    assert script
    assert json.dumps(script[1], ensure_ascii=False)[1:-1] in (REVEAL / "notes.js").read_text()
