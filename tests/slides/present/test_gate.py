"""Who may ask for what: each refusal by itself, and that what is right passes."""

import pytest

from concur.slides.present.gate import BODY_BYTES, Gate, Request, new_token

GATE = Gate(8123, "token-of-the-day")
HEADERS = {
    "host": "127.0.0.1:8123",
    "origin": "http://127.0.0.1:8123",
    "content-type": "application/json",
    "content-length": "20",
    "sec-fetch-site": "same-origin",
}
PATH = "/token-of-the-day/run"


def refusal(method="POST", path=PATH, **headers):
    changed = {name.replace("_", "-"): value for name, value in headers.items()}
    kept = {name: value for name, value in (HEADERS | changed).items() if value is not None}
    return GATE.refusal(Request(method, path, kept))


def test_a_run_of_the_slides_own_passes():
    assert refusal() is None
    assert refusal(host="localhost:8123", origin="http://localhost:8123") is None
    assert refusal(sec_fetch_site=None) is None
    assert refusal(content_type="application/json; charset=utf-8") is None


@pytest.mark.parametrize(
    "path", ["/token-of-the-day/", "/token-of-the-day/1-x.html", "/token-of-the-day/1-x.html?a=/b"]
)
def test_a_page_is_read(path):
    assert refusal("GET", path, origin=None) is None


def test_what_lies_behind_the_token_is_the_page():
    assert GATE.page_of(Request("GET", "/token-of-the-day/1-x.html?view=print", {})) == "1-x.html"


@pytest.mark.parametrize(
    "host",
    [
        "evil.example:8123",
        "evil.example",
        "127.0.0.1",
        "127.0.0.1:8124",
        "127.0.0.1:8123.evil.example",
        "[::1]:8123",
        "",
        None,
    ],
)
@pytest.mark.parametrize("method", ["GET", "POST"])
def test_a_name_that_was_rebound_to_this_machine_is_refused(host, method):
    assert refusal(method, host=host, origin=f"http://{host}").status == 421


@pytest.mark.parametrize(
    "origin",
    [
        "http://evil.example",
        "https://127.0.0.1:8123",
        "http://127.0.0.1:8124",
        "http://127.0.0.1:8123.evil.example",
        "http://localhost:8123",
        "null",
        "",
        None,
    ],
)
def test_another_origin_is_refused(origin):
    assert refusal(origin=origin).status == 403


@pytest.mark.parametrize("site", ["cross-site", "same-site", "none"])
def test_another_site_is_refused_even_with_a_forged_origin(site):
    assert refusal(sec_fetch_site=site).status == 403


@pytest.mark.parametrize(
    "path", ["/run", "/", "//run", "/token/run", "/token-of-the-dax/run", "/TOKEN-of-the-day/run", "run", "", "/é/run"]
)
def test_a_missing_or_false_token_is_refused(path):
    assert refusal(path=path).status == 403
    assert refusal("GET", path).status == 403


@pytest.mark.parametrize("method", ["GET", "HEAD", "PUT", "DELETE", "PATCH", "OPTIONS"])
def test_a_block_is_run_by_post_alone(method):
    assert refusal(method).status == 405


def test_a_page_is_not_posted_to():
    assert refusal("POST", "/token-of-the-day/").status == 405


@pytest.mark.parametrize(
    "kind",
    [
        "text/plain",
        "application/x-www-form-urlencoded",
        "multipart/form-data",
        "",
        None,
        "text/plain; application/json",
    ],
)
def test_what_a_form_can_send_is_refused(kind):
    assert refusal(content_type=kind).status == 415


@pytest.mark.parametrize("length", [str(BODY_BYTES + 1), "9" * 30])
def test_an_oversize_body_is_refused_before_it_is_read(length):
    assert refusal(content_length=length).status == 413


@pytest.mark.parametrize("length", ["", None, "-1", "0x10", "²", "twice"])
def test_a_body_of_no_said_length_is_refused(length):
    assert refusal(content_length=length).status == 411


def test_a_chunked_body_is_refused():
    assert refusal(transfer_encoding="chunked").status == 411


def test_tokens_are_long_and_never_the_same():
    found = {new_token() for _ in range(100)}
    assert len(found) == 100
    assert min(map(len, found)) >= 24
