"""Has a thread stop before each opcode of the functions looked at: `sys.settrace`, with what its versions need.

Tier 0. CPython 3.11 to 3.15, with and without the GIL, and PyPy. What must not live here: who goes on.
"""

import sys
from collections.abc import Callable
from types import CodeType, FrameType
from typing import TYPE_CHECKING, Any

from concur.labs.gates.operations import Operation

if TYPE_CHECKING:
    from concur.labs.gates.baton import Lane

IS_312 = sys.version_info[:2] == (3, 12)  # see `begin_tracing`
UNKNOWN = Operation("unknown", 0, "", True, True, "")  # an opcode that `dis` did not tell of
Trace = Callable[[FrameType, str, Any], Any]


class Ended(BaseException):
    """Raised in a thread whose run is over. No `except Exception` of a learner catches it."""


def tracer(
    lane: "Lane",
    look_up: Callable[[CodeType], dict[int, Operation] | None],
    stand_before: Callable[["Lane", Operation, FrameType], None],
) -> Trace:
    """The trace function of a thread, which calls `stand_before` before each opcode of functions that are looked at."""

    def trace(frame: FrameType, event: str, argument: Any) -> Any:
        if (operations := look_up(frame.f_code)) is None:
            return None
        frame.f_trace_opcodes = True
        lane.may_break = True

        def local(frame: FrameType, event: str, argument: Any) -> Any:
            if event == "opcode":
                frame.f_trace_lines = False
                try:
                    stand_before(lane, operations.get(frame.f_lasti, UNKNOWN), frame)
                except Ended:
                    _untrace(frame)
                    raise
            elif event == "line":
                frame.f_trace_opcodes = True  # again: 3.13 and newer forget it in a function first traced now
            return local

        return local

    return trace


def begin_tracing(frame: FrameType, trace: Callable[[FrameType, str, Any], Any]) -> None:
    """Trace what this thread calls from now on.

    CPython 3.12 traces opcodes only if the frame that sets the trace wants them itself, which is then in the way:
    it crashes where a frame that does is in a thread without a trace, while another thread has one. So there the
    trace is set before and after, and stays to the thread's end (issue 114480 of CPython has the first half).
    """
    sys.settrace(trace)
    if IS_312:
        frame.f_trace_opcodes = True
        sys.settrace(trace)


def _untrace(frame: FrameType | None) -> None:
    """An error is about to come out of the trace function, upon which Python drops it: no frame may want it still."""
    while IS_312 and frame:
        frame.f_trace_opcodes = False
        frame = frame.f_back


def end_tracing() -> None:
    """The thread ends."""
    if not IS_312:
        sys.settrace(None)
