"""Which models crawl where, and with which parser."""

import pytest

from concur.bench.crawls import choosing
from concur.bench.plan import Target
from concur.errors import MachineError, UsageError
from concur.interpreters.describe import Interpreter
from concur.interpreters.find import current
from concur.interpreters.tree import Abilities
from concur.wire.links import PARSERS


def target(short: str, absent: str = "", name: str = "threads") -> Target:
    python = Interpreter(short=short, executable="python", version="3.11.7")
    return Target(kind="model", name=name, interpreter=python, absent=absent)


def abilities(**libraries: str) -> Abilities:
    return Abilities({"threads": ""}, {"threads": []}, libraries)


def test_the_fast_parser_is_taken_only_if_every_interpreter_has_it():
    having = {"a": abilities(selectolax="0.4"), "b": abilities()}
    assert choosing.choose_parser("fastest", [target("a")], having)[0] == "selectolax"
    parser, notes = choosing.choose_parser("fastest", [target("a"), target("b")], having)
    assert parser == "html.parser"
    assert "b is without selectolax" in notes[0]


def test_an_interpreter_on_which_nothing_crawls_does_not_choose_the_parser():
    having: dict[str, choosing.Answer] = {"a": abilities(selectolax="0.4"), "b": "it gives no answer"}
    assert choosing.choose_parser("fastest", [target("a"), target("b", absent="broken")], having)[0] == "selectolax"


def test_a_model_that_cannot_load_the_fast_parser_has_all_take_the_other(monkeypatch):
    having = abilities(selectolax="0.4")
    parser, notes = choosing.choose_parser("fastest", [target("3.14", name="subinterpreters")], {"3.14": having})
    assert parser == "html.parser"
    assert "does not load in a subinterpreter" in notes[0]
    having = Abilities({"subinterpreters": ""}, {"subinterpreters": []}, {"selectolax": "0.4"})
    monkeypatch.setattr(choosing, "ask_catalogue", lambda interpreter, service: having)
    (one,), _, _ = choosing.crawlers(["subinterpreters"], [target("3.14").interpreter], "selectolax")
    assert "does not load in a subinterpreter" in one.absent


def test_a_parser_that_is_named_is_taken_and_said_nothing_of():
    assert choosing.choose_parser("html.parser", [target("a")], {"a": abilities()}) == ("html.parser", [])


def test_who_lacks_the_named_parser_is_absent_and_told_what_to_do(monkeypatch):
    monkeypatch.setattr(choosing, "ask_catalogue", lambda interpreter, service: abilities())
    (one,), parser, _ = choosing.crawlers(["threads"], [target("3.14").interpreter], "selectolax")
    assert parser == "selectolax"
    assert one.absent == "needs selectolax: concur interpreters prepare 3.14"


def test_the_catalogue_is_asked_in_the_interpreter_itself():
    targets, _, _ = choosing.crawlers(["threads", "subinterpreters"], [current()], PARSERS[0])
    assert {each.name: bool(each.absent) for each in targets}["threads"] is False


def test_an_interpreter_without_an_answer_is_the_reason(monkeypatch):
    def silent(interpreter: Interpreter, service: str) -> Abilities:
        raise MachineError("it says nothing")

    monkeypatch.setattr(choosing, "ask_catalogue", silent)
    (one,), _, _ = choosing.crawlers(["threads"], [target("3.14").interpreter], "fastest")
    assert one.absent == "it says nothing"


@pytest.mark.parametrize(("names", "parser"), [(["threads"], "lxml"), (["own.py"], "fastest"), (["thread"], "fastest")])
def test_what_there_is_not_is_refused(names, parser):
    with pytest.raises(UsageError):
        choosing.crawlers(names, [current()], parser)
