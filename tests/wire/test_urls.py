"""One canonical form: RFC 3986's examples, what browsers do otherwise, and whatever hypothesis finds."""

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from concur.wire.faults import UrlError
from concur.wire.urls import LONGEST, Url, canonical

BASE = canonical("http://a/b/c/d;p?q")


# RFC 3986, 5.4.1 and 5.4.2, as far as http goes; the fragment is dropped.
@pytest.mark.parametrize(
    ("reference", "target"),
    [
        ("g", "http://a/b/c/g"),
        ("./g", "http://a/b/c/g"),
        ("g/", "http://a/b/c/g/"),
        ("/g", "http://a/g"),
        ("//g", "http://g/"),
        ("?y", "http://a/b/c/d;p?y"),
        ("g?y", "http://a/b/c/g?y"),
        ("#s", "http://a/b/c/d;p?q"),
        ("g#s", "http://a/b/c/g"),
        (";x", "http://a/b/c/;x"),
        ("g;x?y#s", "http://a/b/c/g;x?y"),
        ("", "http://a/b/c/d;p?q"),
        (".", "http://a/b/c/"),
        ("..", "http://a/b/"),
        ("../g", "http://a/b/g"),
        ("../..", "http://a/"),
        ("../../../g", "http://a/g"),
        ("/./g", "http://a/g"),
        ("/../g", "http://a/g"),
        ("g.", "http://a/b/c/g."),
        (".g", "http://a/b/c/.g"),
        ("..g", "http://a/b/c/..g"),
        ("./../g", "http://a/b/g"),
        ("g/./h", "http://a/b/c/g/h"),
        ("g;x=1/../y", "http://a/b/c/y"),
        ("g?y/../x", "http://a/b/c/g?y/../x"),
        ("http:g", "http://a/b/c/g"),
        ("http:/g", "http://a/g"),  # this and the next as browsers read it
        ("https:/g", "https://g/"),
    ],
)
def test_references_resolve_as_the_standard_says(reference, target):
    assert str(canonical(reference, BASE)) == target


@pytest.mark.parametrize(
    ("text", "same"),
    [
        ("HTTP://EXAMPLE.com:80/", "http://example.com/"),
        ("https://example.com:443", "https://example.com/"),
        ("http://example.com:/x", "http://example.com/x"),
        ("http://example.com/%7euser/%c3%a9", "http://example.com/~user/%C3%A9"),
        ("http://example.com/é b", "http://example.com/%C3%A9%20b"),
        ("http://example.com/a/%2E%2e/b", "http://example.com/b"),
        ("http://example.com/100%", "http://example.com/100%25"),
        ("http://user:secret@example.com/x", "http://example.com/x"),
        ("http://bücher.example/", "http://xn--bcher-kva.example/"),
        ("http://example.com/?b=2&a=1", "http://example.com/?b=2&a=1"),
        ("http://example.com/?q='", "http://example.com/?q=%27"),
        ("  http://example.com/\n", "http://example.com/"),
        ("http://exam\tple.com/a\r\nb", "http://example.com/ab"),
        ("http:\\\\example.com\\a\\b?c\\d", "http://example.com/a/b?c%5Cd"),
        ("http:/example.com/x", "http://example.com/x"),
        ("http:example.com/x", "http://example.com/x"),
        ("http://127.1/", "http://127.0.0.1/"),
        ("http://0x7f.0.0.1/", "http://127.0.0.1/"),
        ("http://2130706433/", "http://127.0.0.1/"),
        ("http://1.0o17/", "http://1.0o17/"),
        ("http://0x0x7f/", "http://0x0x7f/"),
        ("http://１２７.0.0.1/", "http://127.0.0.1/"),
        ("http://[::FFFF:127.0.0.1]/", "http://[::ffff:127.0.0.1]/"),
        ("http://[2001:DB8:0:0::1]:8080/", "http://[2001:db8::1]:8080/"),
    ],
)
def test_spellings_of_one_url_are_one(text, same):
    assert str(canonical(text)) == same


def test_an_empty_query_is_not_none():
    assert str(canonical("http://a/b?")) == "http://a/b?"
    assert canonical("http://a/b?") != canonical("http://a/b")


@pytest.mark.parametrize(
    "text",
    [
        "mailto:someone@example.com",
        "javascript:alert(1)",
        "data:text/html,x",
        "ftp://example.com/",
        "x/y",
        "http://",
        "http:///",
        "http://:80/",
        "http://a:65536/",
        "http://a:b/",
        "http://a b/",
        "http://a%2Fb/",
        "http://[::1/",
        "http://[::1%25eth0]/",
        "http://[::g]/",
        "http://1.2.3.4.5/",
        "http://256.256.256.256/",
        "http://a..b/",
        "http://a/" + LONGEST * "x",
        "http://a/" + LONGEST // 3 * "é",
    ],
)
def test_what_is_no_http_url_is_its_own_error(text):
    with pytest.raises(UrlError):
        canonical(text)


def test_a_url_is_told_apart_by_its_origin():
    url = canonical("https://Example.com:8443/x?y")
    assert (url.origin, url.authority) == (("https", "example.com", 8443), "example.com:8443")
    assert canonical("http://[::1]/").authority == "[::1]"


texts = st.one_of(
    st.text(max_size=60),
    st.text(alphabet="http:/\\?#@[]%.0123456789abxé ::~'\t", max_size=40),
    st.text(alphabet="/.%2eE?#ab\\", max_size=30).map("http://h".__add__),
)


@given(texts, st.none() | st.just(BASE))
@example("http://0x.", None)
@example("//\u2100", BASE)
def test_any_text_is_canonical_or_an_error_and_canonical_stays_so(text: str, base: Url | None) -> None:
    try:
        url = canonical(text, base)
    except UrlError:
        return
    assert canonical(str(url)) == url
    assert canonical(str(url), BASE) == url
    assert url.path.startswith("/")
    assert str(url).isascii()
    assert not set(str(url)) & set(' \t\r\n#<>"\\')


@given(st.text(alphabet="/.ab%2eé?&'", max_size=40))
def test_the_fast_way_finds_what_the_slow_way_does(path: str) -> None:
    try:
        fast = canonical(f"/{path}", BASE)
    except UrlError:
        return
    assert fast == canonical(f" /{path}", BASE)
