"""Opcodes in words are the same on every Python."""

from types import SimpleNamespace
from typing import Any

from concur.labs.gates.explorer import Scenario, replay
from concur.labs.gates.operations import nested, operations, stored_globals

total = 0


def plus(box: Any) -> None:
    box.sold += price(box)


def price(box: Any) -> int:
    return 1


def add_to_total(seats: list[int]) -> None:
    global total
    if seats:
        total = total + seats[0]


def shared(function: Any, stored: frozenset[str] = frozenset()) -> list[str]:
    return [one.word for one in operations(function.__code__, stored).values() if one.is_shared]


def test_adding_to_an_attribute_is_load_call_add_store() -> None:
    assert shared(plus) == ["load sold", "call price", "add", "store sold"]


def test_a_global_counts_only_if_some_function_stores_it() -> None:
    stored = stored_globals([add_to_total.__code__])
    assert stored == {"total"}
    assert shared(add_to_total, stored) == ["test", "load total", "load item", "add", "store total"]
    assert "load total" not in shared(add_to_total)


def test_an_operation_knows_its_line_and_what_it_reads_or_writes() -> None:
    found = [one for one in operations(plus.__code__, frozenset()).values() if one.is_shared]
    assert {one.line for one in found} == {plus.__code__.co_firstlineno + 1}
    assert [one.target for one in found if one.word.endswith("sold")] == ["box.sold", "box.sold"]


def test_the_eval_breaker_is_looked_at_after_calls_and_jumps_back() -> None:
    def loop() -> None:
        for one in (1, 2):
            price(one)

    looks = [one.word for one in operations(loop.__code__, frozenset()).values() if one.checks]
    assert looks[0].startswith("call price")
    assert len(looks) == 2


def test_opcodes_with_long_arguments_are_steps_too() -> None:
    names = [f"seat_{number}" for number in range(300)]
    body = "".join(f"    box.{name} = 1\n" for name in names)
    space: dict[str, Any] = {}
    exec(f"def fill(box):\n{body}", space)
    ran = replay(Scenario(SimpleNamespace, [space["fill"]]), "", within=space["fill"])
    assert [event.word for event in ran.events if event.is_shared] == [f"store {name}" for name in names]


def test_truth_is_tested_in_and_and_or() -> None:
    def either(box: Any) -> Any:
        return box or 1

    assert shared(either) == ["test"]


def test_functions_in_functions_are_found() -> None:
    def outer() -> Any:
        def inner() -> Any:
            return lambda: 1

        return inner

    assert [code.co_name for code in nested(outer.__code__)] == ["outer", "inner", "<lambda>"]
