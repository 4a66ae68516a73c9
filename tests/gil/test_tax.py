from collections.abc import Mapping
from typing import Any

import msgspec
import pytest

from concur.errors import TargetError
from concur.gil import tax
from concur.gil.points import HEADLINE, Asked, Outcome, Point
from concur.gil.results import Tax
from concur.interpreters.describe import Interpreter
from concur.interpreters.find import current

GCC: dict[str, Any] = {"implementation": "CPython", "compiler": "GCC 12"}
WITH_GIL = Interpreter(short="3.13", executable="/a/python3.13", version="3.13.5", build="'--prefix=/a' '-O3'", **GCC)
FREE = Interpreter(
    short="3.13t",
    executable="/b/python3.13t",
    version="3.13.5",
    free_threaded=True,
    gil="off",
    build="'--prefix=/b' '-O3' '--disable-gil'",
    **GCC,
)
PLAIN = Interpreter(short="3.14", executable="/c/python3", version="3.14.0", jit="off", **GCC)
JITTED = msgspec.structs.replace(PLAIN, short="3.14+jit", jit="on", env={"PYTHON_JIT": "1"})
PYPY = Interpreter(short="pypy3.11", executable="/d/pypy3", implementation="PyPy", version="3.11.9", jit="on")


def asked(*interpreters: Interpreter, models: tuple[str, ...] = (), missing: Mapping[str, Any] | None = None) -> Asked:
    return Asked(interpreters={one.short: one for one in interpreters}, models=models, missing=missing or {}, cpus=2)


def pairs(*interpreters: Interpreter) -> list[tuple[str, str, str]]:
    found = tax.points(asked(*interpreters))
    return [(point.interpreter, str(point.what[0]), point.absent or str(point.what[1])) for point in found]


# Which pairs there are


def test_pairs_are_found_by_what_interpreters_are_and_not_by_their_names() -> None:
    renamed = [
        msgspec.structs.replace(one, short=f"x{n}") for n, one in enumerate((WITH_GIL, FREE, PLAIN, JITTED, PYPY))
    ]
    assert pairs(*renamed) == [
        ("x1", tax.FREE, "x0"),
        ("x1", tax.RAISED, "x1 without its GIL"),
        ("x3", tax.JIT, "x2"),
        ("x4", tax.JIT, "x4 without its JIT"),
    ]


def test_all_pairs_are_headlines() -> None:
    assert {point.priority for point in tax.points(asked(WITH_GIL, FREE, PLAIN, JITTED, PYPY))} == {HEADLINE}


def test_one_with_a_gil_and_without_a_jit_has_no_pair() -> None:
    assert pairs(WITH_GIL, PLAIN, msgspec.structs.replace(PYPY, jit=None)) == []


def test_another_version_is_no_twin() -> None:
    older = msgspec.structs.replace(WITH_GIL, version="3.13.0")
    assert pairs(FREE, older)[0] == (
        "3.13t",
        tax.FREE,
        "its twin, a CPython 3.13.5 with the GIL, is not among the interpreters",
    )


def test_a_jits_twin_is_the_same_executable() -> None:
    elsewhere = msgspec.structs.replace(PLAIN, executable="/e/python3")
    assert pairs(JITTED, elsewhere) == [
        ("3.14+jit", tax.JIT, "its twin, 3.14.0 with its JIT off, is not among the interpreters")
    ]


def test_of_several_twins_the_one_built_alike_is_taken() -> None:
    other = msgspec.structs.replace(WITH_GIL, short="3.12.99", executable="/o/python", compiler="Clang 19")
    assert pairs(other, WITH_GIL, FREE)[0][2] == "3.13"


def test_services_are_compared_where_both_can_run_them() -> None:
    missing = {"3.13t": {"asyncio_protocol": "needs luck"}}
    found = tax.points(asked(WITH_GIL, FREE, models=("callbacks", "threads", "asyncio_protocol"), missing=missing))
    services = [point for point in found if point.what[3] != tax.WORKLOADS]
    assert [(point.what[3], point.absent) for point in services] == [
        ("callbacks", ""),
        ("asyncio_protocol", "needs luck"),
    ]


# What else differs


def test_twins_differ_in_the_gil_and_their_places_alone() -> None:
    assert tax.differences(FREE, WITH_GIL) == ""


def test_another_compiler_or_another_option_is_said() -> None:
    other = msgspec.structs.replace(WITH_GIL, compiler="Clang 19", build="'--prefix=/a' '--with-lto'")
    assert tax.differences(FREE, other) == ("built by GCC 12 and Clang 19; configured with -O3 against --with-lto")


# Measuring


class Asking:
    """Stands for `ask`: notes who was asked how, and answers."""

    def __init__(self) -> None:
        self.calls: list[tuple[str, dict[str, Any], dict[str, str]]] = []
        self.answer: dict[str, Any] = {"cpu_ns": {"calls": 5, "lists": 7}, "two_threads_ns": 9, "observed": {}}

    def __call__(
        self, one: Interpreter, program: str, options: dict[str, Any], *, takes_s: float, env: Mapping[str, str]
    ) -> dict[str, Any]:
        assert program == "tax"
        self.calls.append((one.short, options, dict(env)))
        return self.answer


@pytest.fixture
def asking(monkeypatch: pytest.MonkeyPatch) -> Asking:
    stand_in = Asking()
    monkeypatch.setattr(tax, "ask", stand_in)
    return stand_in


def point_of(what: str, of: Asked) -> Point:
    return next(point for point in tax.points(of) if point.what[0] == what)


def test_the_order_of_a_pair_changes_with_the_round(asking: Asking) -> None:
    of = asked(WITH_GIL, FREE)
    for number in (1, 2):
        sample = tax.measure(point_of(tax.FREE, of), of, number)
    assert [short for short, _, _ in asking.calls] == ["3.13t", "3.13", "3.13", "3.13t"]
    assert sample["ours"] == {"calls": 5, "lists": 7, tax.TWO_THREADS: 9}


def test_the_gil_is_turned_on_and_off_by_its_variable(asking: Asking) -> None:
    of = asked(FREE)
    tax.measure(point_of(tax.RAISED, of), of, 1)
    assert [env for _, _, env in asking.calls] == [{"PYTHON_GIL": "1"}, {"PYTHON_GIL": "0"}]


def test_what_really_turns_it_on_is_named(asking: Asking, monkeypatch: pytest.MonkeyPatch) -> None:
    of = asked(FREE)
    assert "no library" in tax.measure(point_of(tax.RAISED, of), of, 1)["caveat"]
    monkeypatch.setattr(tax, "gil_raisers", lambda _: ["greenlet"])
    assert "as importing greenlet does there" in tax.measure(point_of(tax.RAISED, of), of, 1)["caveat"]


def test_pypys_jit_is_turned_off_for_one_of_the_two(asking: Asking) -> None:
    of = asked(PYPY)
    tax.measure(point_of(tax.JIT, of), of, 1)
    assert [options["jit"] for _, options, _ in asking.calls] == [True, False]


def test_with_one_cpu_two_threads_are_left_out_with_a_note(asking: Asking) -> None:
    asking.answer = {"cpu_ns": {"calls": 5}}
    of = asked(FREE)
    sample = tax.measure(point_of(tax.RAISED, of), of, 1)
    assert sample["notes"] == ["one CPU: what two threads lose by the GIL is not measured"]


@pytest.mark.long
def test_a_service_is_measured_by_its_cpu_time_a_request() -> None:
    here = current()
    of = msgspec.structs.replace(asked(here, models=("callbacks",)), quick=True)
    point = Point(interpreter=here.short, what=(tax.FREE, here.short, here.version, "callbacks"))
    sample = tax.measure(point, of, 1)
    for side in ("ours", "theirs"):
        assert 100 < sample[side]["echo, callbacks"] < 10_000_000  # ns: a system call takes longer, no request so long


def test_a_service_that_does_not_start_is_an_error() -> None:
    gone = msgspec.structs.replace(current(), executable="/nowhere/python", environment="")
    point = Point(interpreter=gone.short, what=(tax.FREE, gone.short, gone.version, "callbacks"))
    with pytest.raises(TargetError, match="callbacks on .* cannot be started"):
        tax.measure(point, asked(gone), 1)


# Rows


def outcome(*ratios: float, what: str = tax.FREE, subject: str = tax.WORKLOADS, **changed: Any) -> Outcome:
    point = Point(interpreter="3.13t", what=(what, "3.13", "3.13.5", subject))
    samples = {
        number: {
            "ours": {"calls": 100 * ratio, "lists": 400 * ratio, tax.TWO_THREADS: 50},
            "theirs": {"calls": 100, "lists": 100, tax.TWO_THREADS: 100},
            "caveat": "a caveat",
        }
        for number, ratio in enumerate(ratios, 1)
    }
    return Outcome(point=point, samples=samples, **changed)


def ratios_of(rows: list[Tax]) -> dict[str, float]:
    return {row.workload: row.ratio.median for row in rows if row.ratio}


def test_all_is_the_geometric_mean_of_what_one_thread_computes() -> None:
    found = ratios_of(tax.rows([outcome(1.1, 1.1, 1.1)]))
    assert found == pytest.approx({"all": 2.2, "calls": 1.1, "lists": 4.4, tax.TWO_THREADS: 0.5})


def test_a_row_says_what_is_compared_and_how_sure_it_is() -> None:
    row = tax.rows([outcome(1.0, 1.1, 1.2)])[0]
    assert (row.interpreter, row.against, row.what, row.version) == ("3.13t", "3.13", tax.FREE, "3.13.5")
    assert row.caveat == "a caveat"
    assert row.ratio
    assert row.ratio.interval == pytest.approx((2.0, 2.4))


def test_one_round_has_no_interval() -> None:
    assert all(row.ratio and row.ratio.interval is None for row in tax.rows([outcome(1.1)]))


def test_a_service_stands_alone() -> None:
    point = Point(interpreter="3.13t", what=(tax.FREE, "3.13", "3.13.5", "callbacks"))
    sample = {"ours": {"echo, callbacks": 6000.0}, "theirs": {"echo, callbacks": 5000.0}, "caveat": ""}
    assert ratios_of(tax.rows([Outcome(point=point, samples={1: sample})])) == {"echo, callbacks": 1.2}


def test_without_a_sample_the_reason_stands_in_one_row() -> None:
    (row,) = tax.rows([outcome(reason="it died")])
    assert (row.workload, row.absent, row.ratio) == ("all", "it died", None)
    (row,) = tax.rows([outcome(subject="callbacks", reason="it died")])
    assert row.workload == "echo, callbacks"


def test_a_pair_that_is_not_there_says_which() -> None:
    (point, _) = tax.points(asked(FREE))
    (row,) = tax.rows([Outcome(point=point)])
    assert "its twin" in row.absent
