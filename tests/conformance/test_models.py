"""Every model keeps its promises, or fails those that it declares unmet, on every interpreter that can run it.

On this interpreter all of it; on the newest CPython of CONCUR_INTERPRETER_PATH
with fewer short connections, and on the free-threaded ones and other
implementations there without the promises that take longest.
"""

import os
from functools import cache
from pathlib import Path

import pytest

from concur import catalog
from concur.bench.choose import ask_what_is_missing, choose_targets
from concur.bench.plan import Target
from concur.conformance import Finding, check_echo
from concur.interpreters.describe import Interpreter
from concur.interpreters.find import current, find

HERE = "here"
ALL = tuple(catalog.PROMISES)
WITHOUT_LIMITS = tuple(promise for promise in ALL if promise not in (5, 6))
FEWER_CONNECTIONS = 1_000


@cache
def interpreters() -> dict[str, Interpreter]:
    """By short name: this one, and those of CONCUR_INTERPRETER_PATH that differ in kind, of each kind the newest."""
    places = os.environ.get("CONCUR_INTERPRETER_PATH", "")
    if not places:
        return {HERE: current()}
    named = [one for one in find() if _is_named(one, places.split(os.pathsep)) and one.env.get("PYTHON_JIT") != "1"]
    kinds = {(one.implementation, one.free_threaded): one for one in sorted(named, key=_version)}
    return {HERE: current()} | {one.short: one for one in kinds.values()}


def _is_named(one: Interpreter, places: list[str]) -> bool:
    path = Path(one.executable)
    return not one.broken and any(place and Path(place) in (path, *path.parents) for place in places)


def _version(one: Interpreter) -> tuple[int, ...]:
    return tuple(int(part) for part in one.version.split(".") if part.isdigit())


@cache
def targets(interpreter: str) -> dict[str, Target]:
    chosen = choose_targets(["all"], [], [interpreters()[interpreter]], [])
    return {target.name: target for target in ask_what_is_missing(chosen)}


@pytest.mark.long
@pytest.mark.timeout(240)
@pytest.mark.parametrize("interpreter", interpreters())
@pytest.mark.parametrize("model", [row.id for row in catalog.MODELS])
def test_a_model_keeps_its_promises(interpreter: str, model: str) -> None:
    target = targets(interpreter)[model]
    if target.absent:
        (pytest.fail if is_to_be_had(target.absent) else pytest.skip)(target.absent)
    findings = check_echo(target, promises_of(target), short_connections=connections_of(interpreter))
    assert not [told(finding) for finding in findings if finding.is_failure]


def is_to_be_had(reason: str) -> bool:
    """Whether what is missing is a library that CI has installed, or found out why it cannot."""
    return bool(os.environ.get("CI")) and reason.startswith("needs ") and not reason.startswith("needs Python")


def promises_of(target: Target) -> tuple[int, ...]:
    interpreter = target.interpreter
    return WITHOUT_LIMITS if interpreter.free_threaded or interpreter.implementation != "CPython" else ALL


def connections_of(interpreter: str) -> int:
    return 10_000 if interpreter == HERE else FEWER_CONNECTIONS


def told(finding: Finding) -> str:
    failed = next((check for check in finding.checks if not check.ok), None)
    why = f"{failed.did}; expected: {failed.expected}; seen: {failed.seen}" if failed else finding.reason
    return f"{finding.promise} {finding.verdict}: {why}"
