import ast
import inspect
import math

import pytest

from concur.gil.inside import workloads
from concur.gil.inside.workloads import STREAM, WORKLOADS, frames


@pytest.mark.parametrize("name", WORKLOADS)
def test_the_same_work_comes_to_the_same_each_time(name: str) -> None:
    assert WORKLOADS[name]() == WORKLOADS[name]() != 0


def test_what_they_compute_is_right() -> None:
    assert WORKLOADS["calls"]() == 121_393  # the 26th of Fibonacci's numbers
    assert WORKLOADS["generators"]() == sum(n * n for n in range(1, 130_000, 2))
    assert math.isclose(WORKLOADS["floats"](), math.cos(90) + math.sin(90), abs_tol=0.1)  # it stays on the circle
    assert WORKLOADS["objects"]() == 62 * (2**10 - 1)
    assert WORKLOADS["protocol"]() == 60 * len(STREAM)


@pytest.mark.parametrize("at", range(0, 12))
def test_a_frame_that_is_not_whole_stays_in_the_buffer(at: int) -> None:
    buffer = bytearray(b"3:abc\n4:defg\n"[:at])
    whole = [bytes(frame) for frame in frames(buffer)]
    assert whole == ([b"3:abc\n"] if at >= 6 else [])
    assert bytes(buffer) == (b"4:defg\n"[: at - 6] if at >= 6 else b"3:abc\n"[:at])


def test_they_look_at_no_clock() -> None:
    tree = ast.parse(inspect.getsource(workloads))
    imported = {alias.name for node in ast.walk(tree) if isinstance(node, ast.Import) for alias in node.names}
    assert imported == {"json", "math", "re"}
