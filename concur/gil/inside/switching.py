"""How long a thread runs before another one takes its turn, at two switch intervals.

Two threads that compute note each time that one finds the other to have run
since. Under a GIL that heeds `sys.setswitchinterval`, a turn lasts as long as
the interval. A GIL that goes by something else does not care.
"""

import json
import statistics
import sys
import threading
import time
from itertools import pairwise

from concur import observed
from concur.echo.dose import compute_python

LOOP_UNITS = 1  # computed between two looks: about 10 µs, and never a call that would release the GIL


def turns_ns(interval_s: float, seconds: float) -> list[int]:
    """How long each turn lasted, in which one of two threads ran alone, at that switch interval."""
    sys.setswitchinterval(interval_s)
    began_ns: list[int] = []
    runner = 0
    end_ns = time.perf_counter_ns() + int(seconds * 1e9)

    def run(me: int) -> None:
        nonlocal runner
        while (now_ns := time.perf_counter_ns()) < end_ns:
            if runner != me:
                runner = me
                began_ns.append(now_ns)
            compute_python(LOOP_UNITS)

    threads = [threading.Thread(target=run, args=(me,)) for me in (1, 2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return [after - before for before, after in pairwise(began_ns)]


def main() -> None:
    """Print the turns at each of the intervals asked for, in ns: what a quarter of them is shorter than, and how many.

    A neighbour on the machine can make a turn longer, but none shorter than the interval that is heeded.
    """
    options = json.loads(sys.argv[1])
    observed.watch_gil()
    found = {}
    for interval_s in options["intervals_s"]:
        turns = turns_ns(interval_s, options["seconds"])
        quarter = statistics.quantiles(turns, n=4, method="inclusive")[0] if len(turns) > 1 else None
        found[str(interval_s)] = {"quarter_ns": quarter, "turns": len(turns)}
    print(json.dumps({"turns": found, "observed": observed.of_this_process("")}))  # noqa: T201 # its answer


if __name__ == "__main__":
    main()
