"""Links of real-looking and of broken pages, by both parsers."""

import importlib.util
import os

import pytest
from hypothesis import given
from hypothesis import strategies as st

from concur.wire.links import PARSERS, Page, decoded, extract, resolve
from concur.wire.urls import canonical

HERE = canonical("http://example.com/dir/page")
# Each that is installed; in CI all, so that one that is missing there fails.
THERE = [each for each in PARSERS if each == "html.parser" or importlib.util.find_spec(each) or os.environ.get("CI")]


@pytest.fixture(params=THERE)
def parser(request) -> str:
    """Each that is installed."""
    name: str = request.param
    return name


PAGE = b"""<!doctype html><html><head><title> A  page
of ours </title><base href="/base/"><base href="/other/"></head><body>
<a href="one">1</a> <A HREF='two?a=1&amp;b=2'>2</A> <a name=x>no</a> <a href>empty</a> <a href="one">again</a>
<map><area href=three></map> <!-- <a href="comment"> --> <script>"<a href='script'>"</script>
<style><a href="style"></style> <link href="sheet"> <a href="&#x34;">4</a> <a href="five" href="six">5</a>"""


def test_links_are_found_in_order_and_once(parser):
    found = extract(PAGE, parser=parser)
    assert found == Page(("one", "two?a=1&b=2", "", "three", "4", "five"), "/base/", "A page of ours")


def test_links_are_resolved_against_the_base(parser):
    urls = list(map(str, resolve(extract(PAGE, parser=parser), HERE)))
    assert urls[:2] == ["http://example.com/base/one", "http://example.com/base/two?a=1&b=2"]
    assert urls[2] == "http://example.com/base/"


@pytest.mark.parametrize("base", ["mailto:x", "http://", "javascript:1"])
def test_a_base_that_is_no_http_url_does_not_count(base):
    assert list(map(str, resolve(Page(("x", "mailto:y", "./x"), base, ""), HERE))) == ["http://example.com/dir/x"]


@pytest.mark.parametrize(
    ("body", "charset", "text"),
    [
        ("é".encode(), "", "é"),
        ("é".encode("latin-1"), "iso-8859-1", "é"),
        (b"\x93x\x94", "latin1", "“x”"),
        (b"\xef\xbb\xbf\xc3\xa9", "iso-8859-1", "é"),
        ("é".encode("utf-16"), "", "é"),
        (b"<meta charset=windows-1251>\xff", "", "<meta charset=windows-1251>я"),
        (b"<meta charset=utf-16>x", "", "<meta charset=utf-16>x"),
        (b"<meta charset=windows-1251>\xc3\xa9", "utf-8", "<meta charset=windows-1251>é"),
        (b"\xff", "no-such-thing", "\ufffd"),
        (b"+AGE-", "utf-7", "+AGE-"),
        (b"6869", "hex", "6869"),
    ],
)
def test_text_is_decoded_as_pages_are(body, charset, text):
    assert decoded(body, charset) == text


words = st.text(alphabet="abc/?&=#%. é'<>\"", max_size=12)
names = st.sampled_from(["p", "div", "b", "li"])


@st.composite
def pages(draw) -> str:
    """A page as its author's tools write it: quoted, escaped, each element ended."""
    import html

    parts = []
    for _ in range(draw(st.integers(0, 8))):
        tag, word = draw(names), html.escape(draw(words))
        parts.append(f'<{tag}>{word}<a href="{html.escape(draw(words))}">{word}</a></{tag}>')
    return f"<!doctype html><html><head><title>x</title></head><body>{''.join(parts)}</body></html>"


@pytest.mark.skipif(len(THERE) < 2, reason="selectolax is not installed")
@given(pages())
def test_both_parsers_find_the_same_on_a_page_that_is_well_formed(page: str) -> None:
    first, second = (extract(page.encode(), parser=each) for each in PARSERS)
    assert first == second


broken = st.lists(
    st.one_of(
        st.binary(max_size=20),
        st.sampled_from(
            [b"<a href=", b"<base href='", b"<![", b"<!DOCTYPE", b"<title>", b"&#x110000;", b"<!--", b"</"]
        ),
        st.sampled_from(
            [b'"', b">", b"<script>", b"<![CDATA[", b"<?", b"\0", b"<a href='\xff\xfe'>", b"<meta charset="]
        ),
    ),
    max_size=12,
).map(b"".join)


@given(broken, st.text(max_size=10))
def test_whatever_comes_is_a_page(body: bytes, charset: str) -> None:
    for each in THERE:
        resolve(extract(body, charset, each), HERE)


@pytest.mark.parametrize(
    ("page", "links"),
    [
        ("<![if IE]><a href=x>", ("x",)),
        ("<a href='?a=1&copy=2'>", ("?a=1&copy=2",)),
        ("<a href='?a=1&copy;=2'>", ("?a=1©=2",)),
        ("<textarea><a href=x></textarea><a href=y>", ("y",)),
        ("<a href=x><!-- <a href=y>", ("x",)),
    ],
)
def test_where_versions_of_html_parser_differ_it_is_as_browsers_read(page: str, links: tuple[str, ...], parser) -> None:
    assert extract(page.encode(), parser=parser).links == links


def test_short_links_under_a_long_base_end_at_a_limit():
    base = "http://example.com/" + "d" * 7000 + "/"
    found = resolve(Page(tuple(map(str, range(20_000))), base, ""), HERE)
    assert 0 < len(found) < 20_000
