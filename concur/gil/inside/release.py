"""Which operations let go of the GIL: told by the progress of another thread, which never gets it by force.

The switch interval is set to a quarter of an hour, so nobody is made to give the
GIL up. The other thread wants it all the time and lets go after each beat.
While the main thread calls an operation again and again, there are beats only
if that lets go: of one that never does, exactly none.
"""

import json
import sys
import threading
import time
from contextlib import ExitStack
from typing import Any

from concur import observed
from concur.gil.inside.operations import OPERATIONS, Call, Operation

SWITCH_INTERVAL_S = 1000.0
FEWEST_CALLS = 3


class Heart:
    """A thread that beats whenever it gets the GIL."""

    def __init__(self) -> None:
        self.beats = 0
        self._is_over = False
        self._thread = threading.Thread(target=self._beat)
        self._thread.start()

    def _beat(self) -> None:
        while not self._is_over:
            self.beats += 1
            time.sleep(0)  # lets go, and asks again

    def stop(self) -> None:
        """It ends at its next beat, for which we let go."""
        self._is_over = True
        self._thread.join()


def count(heart: Heart, call: Call, seconds: float) -> dict[str, Any]:
    """Beats while it is called for so long, and how many calls that were. The clock is read without letting go."""
    clock, calls = time.perf_counter_ns, 0
    beats, began_ns = heart.beats, clock()
    end_ns = began_ns + int(seconds * 1e9)
    while (now_ns := clock()) < end_ns or calls < FEWEST_CALLS:
        call()
        calls += 1
    return {"beats": heart.beats - beats, "calls": calls, "took_ns": now_ns - began_ns}


def loop() -> int:
    """Bytecode alone: never lets go, if nobody is made to."""
    state = 1
    for _ in range(1000):
        state = (state * 1103515245 + 12345) & 0x7FFFFFFF
    return state


def of_operation(heart: Heart, operation: Operation, seconds: float) -> dict[str, Any]:
    """What is found of one; `absent` where this Python lacks what it is about."""
    told = {"operation": operation.name, "group": operation.group}
    with ExitStack() as stack:
        try:
            call = operation.make(stack)
        except ImportError as error:
            return told | {"absent": f"needs {error.name}"}
        call()
        return told | count(heart, call, seconds)


def main(options: dict[str, Any]) -> dict[str, Any]:
    """options: seconds for each operation. `bytecode` and `sleep` are the controls: none, and some."""
    facts = observed.of_this_process("")
    if not facts["gil"]:
        return {"observed": facts, "operations": []}
    sys.setswitchinterval(SWITCH_INTERVAL_S)
    heart = Heart()
    try:
        bytecode = count(heart, loop, options["seconds"])
        sleep = count(heart, lambda: time.sleep(0.0001), options["seconds"])
        found = [of_operation(heart, operation, options["seconds"]) for operation in OPERATIONS]
    finally:
        heart.stop()
    return {"observed": facts, "bytecode": bytecode, "sleep": sleep, "operations": found}


if __name__ == "__main__":
    print(json.dumps(main(json.loads(sys.argv[1]))))  # noqa: T201 # its answer
