from typing import Any

import numpy
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from concur.errors import UsageError
from concur.web import breadth
from concur.web.faults import PAGE_FAULTS, SIDE_FAULTS
from concur.web.graph import Web

WEBS = st.builds(
    Web,
    seed=st.integers(-(2**70), 2**70),
    pages=st.integers(10, 400),
    links=st.integers(1, 40),
    faults=st.sampled_from(["none", "all", "all,endless", "gone=100%", "redirect=50%,gone=50%"]),
    hosts=st.integers(1, 5),
)


@settings(max_examples=30, deadline=None)
@given(WEBS)
def test_arrays_and_single_pages_agree(web: Web) -> None:
    numbers = range(web.pages)
    assert breadth.kinds(web).tolist() == [web.kind(number) for number in numbers]
    assert breadth.hosts(web).tolist() == [web.host(number) for number in numbers]
    for side, name in enumerate(SIDE_FAULTS):
        found = breadth.with_side(web, name, numpy.arange(web.pages))
        assert found.tolist() == [number for number in numbers if web.has_side(number, side)]


@settings(max_examples=30, deadline=None)
@given(WEBS)
def test_every_page_has_a_link_from_its_parent_and_no_link_leaves_the_web(web: Web) -> None:
    for number in range(web.pages):
        targets = [slot.target for slot in web.slots(number)]
        assert set(web.children(number)) <= set(targets)
        assert all(0 <= target < web.pages for target in targets)
    assert sorted(child for number in range(web.pages) for child in web.children(number)) == list(range(1, web.pages))


def test_a_seed_gives_the_same_web_and_another_seed_another() -> None:
    def facts(seed: int) -> list[Any]:
        web = Web(seed=seed, faults="all", latency="lognormal:50ms")
        return [(web.slots(n), web.kind(n), web.size_bytes(n), web.latency_s(n)) for n in range(100)]

    assert facts(7) == facts(7)
    assert all(one != other for one, other in zip(facts(7)[1:], facts(8)[1:], strict=True))


def test_links_sizes_and_latencies_are_in_the_mean_what_was_asked_for() -> None:
    web = Web(pages=20_000, links=12, page_bytes=5000, latency="lognormal:50ms")
    pages = range(0, 20_000, 5)
    means = [
        numpy.mean([len(web.slots(number)) for number in pages]),
        numpy.mean([web.size_bytes(number) for number in pages]),
        numpy.mean([web.latency_s(number) for number in pages]),
    ]
    assert means == pytest.approx([12, 5000, 0.05], rel=0.05)
    assert len({web.latency_s(number) for number in range(100)}) > 80


def test_in_degrees_have_a_heavy_tail() -> None:
    web = Web(pages=10_000)
    degrees = numpy.zeros(web.pages, int)
    for number in range(web.pages):
        for slot in web.slots(number):
            degrees[slot.target] += 1
    assert numpy.median(degrees) < 0.6 * degrees.mean()
    assert degrees.max() > 500 * degrees.mean()
    assert degrees[5000:].max() < 0.01 * degrees.max()


def test_shares_of_faults_are_as_asked_for() -> None:
    web = Web(pages=20_000, faults="gone=25%,redirect=5%,private=10%")
    kinds = numpy.bincount(breadth.kinds(web), minlength=len(PAGE_FAULTS) + 1) / web.pages
    assert kinds[1 + PAGE_FAULTS.index("gone")] == pytest.approx(0.25, abs=0.01)
    assert kinds[1 + PAGE_FAULTS.index("redirect")] == pytest.approx(0.05, abs=0.01)
    assert kinds[0] == pytest.approx(0.7, abs=0.02)
    assert len(breadth.with_side(web, "private", numpy.arange(web.pages))) == pytest.approx(2000, rel=0.1)


def test_each_wanted_fault_is_there_in_a_small_web_and_the_seed_has_none() -> None:
    for seed in range(20):
        web = Web(pages=200, faults="all", seed=seed)
        assert {web.fault(number) for number in range(200)} == {"", *PAGE_FAULTS}
        assert web.fault(0) == ""


@pytest.mark.parametrize(
    ("options", "what"),
    [
        ({"pages": 9}, "pages of 9 cannot.*10 to 1,000,000"),
        ({"pages": 1_000_001}, "pages of 1,000,001"),
        ({"links": 0}, "links of 0.*1 to 200"),
        ({"page_bytes": 1 << 20}, "page_bytes"),
        ({"hosts": 0}, "hosts"),
        ({"crawl_delay_s": -1.0}, "Crawl-delay"),
        ({"crawl_delay_s": float("nan")}, "Crawl-delay"),
        ({"latency": "gamma:5ms"}, "latency 'gamma:5ms'.*lognormal:50ms"),
        ({"latency": "constant:2000s"}, "too long"),
        ({"faults": "gon"}, "fault 'gon'.*gone"),
    ],
)
def test_a_web_that_cannot_be_is_refused(options: dict[str, Any], what: str) -> None:
    with pytest.raises(UsageError, match=what):
        Web(**options)
