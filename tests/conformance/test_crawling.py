"""How checks of a crawler become findings."""

import msgspec
import pytest

from concur import catalog
from concur.bench.plan import Target
from concur.conformance import crawling
from concur.conformance.crawler import CrawlSubject
from concur.conformance.crawling import CHECKS, PROMISES, UNMET, ask_who_crawls, check_crawl, check_promise
from concur.conformance.results import DECLARED, KEPT, NOT_CHECKABLE, OUT_OF_DATE, Check
from concur.errors import MachineError
from concur.interpreters.find import current


def model(name: str, absent: str = "") -> Target:
    return Target(kind="model", name=name, interpreter=current(), absent=absent)


def test_each_promise_has_a_check() -> None:
    assert CHECKS.keys() == PROMISES.keys()


def test_only_crawlers_of_the_catalogue_declare_promises_unmet() -> None:
    crawlers = {row.id for row in catalog.MODELS if "crawl" in row.services}
    assert UNMET.keys() <= crawlers
    assert all(promises.keys() <= PROMISES.keys() for promises in UNMET.values())


def test_one_that_is_absent_is_not_checkable_and_says_why() -> None:
    found = check_crawl(model("threads", "needs h11"), [1, 2])
    assert [(finding.verdict, finding.reason) for finding in found] == [(NOT_CHECKABLE, "needs h11")] * 2


def test_sequential_is_held_up_by_a_stuck_server_as_it_declares() -> None:
    finding = check_promise(CrawlSubject(model("sequential")), 4)
    assert finding.verdict == DECLARED
    assert finding.checks[-1].seen == "after that"


def test_a_declaration_that_is_no_longer_true_is_out_of_date(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(CHECKS, 4, lambda subject: iter([Check("did", "expected", "seen", ok=True)]))
    assert check_promise(CrawlSubject(model("sequential")), 4).verdict == OUT_OF_DATE
    assert check_promise(CrawlSubject(model("threads")), 4).verdict == KEPT


def test_who_cannot_crawl_is_absent_with_what_the_interpreter_says(monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[str] = []

    def missing(interpreter: object, service: str) -> dict[str, str]:
        asked.append(service)
        return {"threads": "", "tasklets": "needs greenlet"}

    monkeypatch.setattr(crawling, "missing_models", missing)
    targets = ask_who_crawls([model("threads"), model("tasklets"), model("polling", "for another reason")])
    assert [target.absent for target in targets] == ["", "needs greenlet", "for another reason"]
    assert asked == ["crawl"]


def test_an_interpreter_that_gives_no_answer_is_the_reason(monkeypatch: pytest.MonkeyPatch) -> None:
    def missing(interpreter: object, service: str) -> dict[str, str]:
        raise MachineError("it is gone")

    monkeypatch.setattr(crawling, "missing_models", missing)
    own = msgspec.structs.replace(model("threads"), kind="own", name="./mine.py")
    assert [target.absent for target in ask_who_crawls([model("threads"), own])] == ["it is gone", ""]
