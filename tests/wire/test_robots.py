"""RFC 9309's rules, by its own examples, and what comes of files that are none."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from concur.wire.robots import READ_BYTES, Robots
from concur.wire.urls import canonical

RULES = b"""User-agent: *
Disallow: /private/
Allow: /private/open
Disallow: /*.pdf$
Crawl-delay: 2

User-agent: Concur
Disallow: /not-for-us
"""


def allows(robots: Robots, path: str, agent: str = "other") -> bool:
    return robots.allows(canonical(f"http://example.com{path}"), agent)


def test_the_longest_rule_wins_and_wildcards_are_understood():
    robots = Robots.of(200, RULES)
    assert not allows(robots, "/private/x")
    assert allows(robots, "/private/open/x")
    assert not allows(robots, "/a/b.pdf")
    assert allows(robots, "/a/b.pdf?x")


def test_an_agent_with_rules_of_its_own_has_those_alone():
    robots = Robots.of(200, RULES)
    assert allows(robots, "/private/x", "concur")
    assert not allows(robots, "/not-for-us", "concur")


@pytest.mark.parametrize(("status", "is_allowed"), [(404, True), (403, True), (500, False), (503, False), (0, False)])
def test_what_is_not_there_allows_everything_and_what_is_not_reached_nothing(status, is_allowed):
    assert allows(Robots.of(status, RULES), "/private/x") is is_allowed


@pytest.mark.parametrize(
    ("said", "seconds"), [(b"2", 2.0), (b"0.5", 0.5), (b"-1", None), (b"nan", None), (b"inf", None), (b"soon", None)]
)
def test_a_delay_is_a_number_of_seconds_or_none(said, seconds):
    robots = Robots.of(200, b"User-agent: *\nCrawl-delay: " + said)
    assert robots.delay_s("concur") == seconds


def test_a_file_is_read_to_its_limit():
    line = b"Disallow: /late\n"
    early, late = (Robots.of(200, b"User-agent: *\n" + b"#" * size + b"\n" + line) for size in (100, READ_BYTES))
    assert not allows(early, "/late")
    assert allows(late, "/late")


words = st.sampled_from([b"User-agent:", b"Disallow:", b"Crawl-delay:", b"*", b"$", b"%", b"\n", b" "])


@given(st.lists(words | st.binary()))
def test_whatever_comes_is_a_file_of_rules(parts: list[bytes]) -> None:
    robots = Robots.of(200, b"".join(parts))
    allows(robots, "/a?b=%20")
    assert (robots.delay_s("concur") or 0) >= 0
