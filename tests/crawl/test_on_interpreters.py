"""Every model on every interpreter that can run it returns exactly the oracle's set of a hostile web.

The web's seed is another one each day, or each run of CI; a failure names it, and
`concur check MODEL -i INTERPRETER --service crawl --promises 1 --seed N` does it again.
"""

import os
from datetime import UTC, datetime
from functools import cache
from pathlib import Path

import pytest

from concur.bench.choose import choose_targets
from concur.bench.plan import Target
from concur.conformance.crawl_exact import exactly
from concur.conformance.crawler import CrawlSubject
from concur.conformance.crawling import UNMET, ask_who_crawls
from concur.interpreters.describe import Interpreter
from concur.interpreters.find import current, find
from concur.web.graph import Web
from concur.web.running import Running, running

FAULTS = "all,busy=0,unavailable=0"  # those two have a crawler wait for a second: test_crawlers.py has them
PAGES = 500
NOTHING_LEFT = 7  # the promise
SEED = int(os.environ.get("GITHUB_RUN_NUMBER", "0")) or datetime.now(UTC).date().toordinal()


@cache
def interpreters() -> dict[str, Interpreter]:
    """By short name: this one, and those of CONCUR_INTERPRETER_PATH, one of each name; not their JIT variants."""
    places = [Path(place) for place in os.environ.get("CONCUR_INTERPRETER_PATH", "").split(os.pathsep) if place]
    named = [one for one in find() if _is_in(one, places)] if places else []
    return {"here": current()} | {one.short: one for one in named}


def _is_in(one: Interpreter, places: list[Path]) -> bool:
    path = Path(one.executable)
    is_usable = not one.broken and one.env.get("PYTHON_JIT") != "1"
    return is_usable and any(place in (path, *path.parents) for place in places)


@pytest.mark.long
@pytest.mark.timeout(600)  # twenty models, one after the other
@pytest.mark.parametrize("interpreter", interpreters())
def test_every_model_crawls_a_hostile_web_exactly(interpreter: str) -> None:
    targets = ask_who_crawls(choose_targets(["all"], [], [interpreters()[interpreter]], []))
    assert not [target.absent for target in targets if is_to_be_had(target.absent)]
    able = [target for target in targets if not target.absent]
    assert able, targets[0].absent
    with running(Web(seed=SEED, pages=PAGES, faults=FAULTS)) as served:
        failed = [told for target in able if (told := failure(target, served))]
    assert failed == []


def is_to_be_had(reason: str) -> bool:
    """Whether what is missing is a library that CI has installed, or found out why it cannot."""
    return bool(os.environ.get("CI")) and reason.startswith("needs ") and not reason.startswith("needs Python")


def failure(target: Target, served: Running) -> str:
    served.clear()
    keeps_all = NOTHING_LEFT not in UNMET.get(target.name, {})
    checks = exactly(CrawlSubject(target), served, f"a web of seed {SEED}", leaves_nothing=keeps_all)
    failed = next((check for check in checks if not check.ok), None)
    return f"{target.name}: seed {SEED}: {failed.did}; seen: {failed.seen}" if failed else ""
