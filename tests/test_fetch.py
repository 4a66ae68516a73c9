"""The program that crawls in an interpreter under test: what it takes, and how it refuses."""

import json
import subprocess
import sys

import pytest

from concur.web.graph import Web
from concur.web.running import running


def fetch(model: str, order: object) -> "subprocess.CompletedProcess[str]":
    text = order if isinstance(order, str) else json.dumps(order)
    words = [sys.executable, "-m", "concur.fetch", model]
    return subprocess.run(words, input=text + "\n", capture_output=True, text=True, timeout=15)


def test_it_says_that_it_is_ready_and_then_what_it_did() -> None:
    with running(Web(pages=20, seed=2)) as served:
        done = fetch("threads", {"seeds": [served.seed], "connections": 3})
    ready, told = map(json.loads, done.stdout.splitlines())
    assert ready["event"] == "ready"
    assert ready["observed"]["implementation"]
    assert (told["counts"]["finished"], told["is_stopped"]) == (20, False)
    assert 1 <= told["most_in_flight"] <= 3
    assert told["left"] == {"threads": 0, "descriptors": 0, "children": 0}


@pytest.mark.parametrize(
    ("model", "order", "words"),
    [
        ("threads", "no order", "the order to crawl is not understood"),
        ("threads", {"seeds": ["mailto:me"]}, "the order to crawl is not understood"),
        ("threads", {"seeds": ["http://a.test/"], "colour": 1}, "the order to crawl is not understood"),
        ("threads", {"seeds": ["http://a.test/"], "parser": "lxml"}, "there is no parser lxml"),
        ("threads", {"seeds": []}, "a page to start from"),
        ("thraeds", {"seeds": ["http://a.test/"]}, "threads"),
    ],
)
def test_what_makes_no_sense_is_one_line_and_status_2(model: str, order: object, words: str) -> None:
    done = fetch(model, order)
    assert done.returncode == 2
    assert done.stderr.count("\n") == 1
    assert words in done.stderr
