from collections.abc import Callable
from urllib.parse import urljoin

import pytest

from concur.web.addresses import Addresses, find, path
from concur.web.graph import Web
from concur.web.pages import document, filler, html
from concur.web.spellings import SPELLINGS, Link

At8000 = Callable[[Web], Addresses]


def test_a_page_has_its_size_unless_its_links_need_more(at_8000: At8000) -> None:
    large, small = Web(pages=100, page_bytes=50_000), Web(pages=100, page_bytes=100)
    assert all(len(html(at_8000(large), n, path(n))) == large.size_bytes(n) for n in range(1, 50))
    assert all(len(html(at_8000(small), n, path(n))) > small.size_bytes(n) for n in range(1, 50))


def test_the_filler_is_enough_for_the_largest_page() -> None:
    most = max(Web(page_bytes=256 << 10, pages=50_000).size_bytes(n) for n in range(50_000))
    assert most < len(filler())
    assert len(document("large", [], most)) == most


def test_a_page_links_to_each_of_its_slots(at_8000: At8000) -> None:
    web = Web(pages=100)
    for number in range(20):
        text = html(at_8000(web), number, path(number)).decode()
        assert all(f'<a href="{path(target)}">' in text for target, _ in web.slots(number))


@pytest.mark.parametrize("number", range(len(SPELLINGS)))
@pytest.mark.parametrize("target", ["/", "/p/17"])
@pytest.mark.parametrize("at", ["/", "/p/5", "/chain/5/3"])
def test_each_spelling_leads_to_the_same_url(number: int, target: str, at: str) -> None:
    base = "http://127.0.0.1:8000"
    text = SPELLINGS[number](Link(target, base, at.count("/") - 1))
    as_read = text.replace("&#47;", "/").replace("\\", "/").replace("reader:secret@", "").strip().replace("%37", "7")
    assert urljoin(base + at, as_read).partition("#")[0].lower().replace("/./", "/") == base + target


def test_spellings_differ() -> None:
    texts = {spelling(Link("/p/17", "http://127.0.0.1:8000", 1)) for spelling in SPELLINGS}
    assert len(texts | {"/p/17"}) == len(SPELLINGS) + 1


def test_paths_and_places_belong_to_each_other() -> None:
    web = Web(pages=100)
    assert all(find(web, path(number)) == ("p", number, "") for number in range(100))
    assert find(web, "/chain/3/2") == ("chain", 3, "2")
    assert find(web, "/doc/3.secret.html") == ("doc", 3, "secret.html")
    for wrong in ("", "/p", "/p/", "/p/0", "/p/01", "/p/100", "/p/1/", "/P/1", "/p/1?", "/p/٣", "//", "/chain/100/1"):
        assert find(web, wrong) is None
