"""Where each thread stands when time is up: written by the child at a signal, read by the runner. Tier 0.

faulthandler writes at C level, without the GIL, so that a loop without end answers too.
"""

import faulthandler
import re
import signal

WAKE = getattr(signal, "SIGRTMAX", signal.SIGUSR2) - (3 if hasattr(signal, "SIGRTMAX") else 0)
FRAME = re.compile(r'^  File "(?P<file>.*)", line (?P<line>\d+) in (?P<name>.*)$')


def dump_on_wake(path: str) -> None:
    """From now on the signal WAKE has every thread's stack written to that file."""
    if hasattr(faulthandler, "register"):
        faulthandler.register(WAKE, file=open(path, "wb"), all_threads=True)  # noqa: SIM115 # open to the end
    else:
        signal.signal(WAKE, signal.SIG_IGN)


def innermost(text: str, path: str, source: str) -> list[str]:
    """For each thread that is in that file, its innermost line there; each line once."""
    lines, found = source.splitlines(), []
    for thread in re.split(r"\n(?=Thread |Current thread |Stack )", text):
        frames = [match for match in map(FRAME.match, thread.splitlines()) if match and match["file"] == path]
        if frames:
            number = int(frames[0]["line"])
            quoted = lines[number - 1].strip() if number <= len(lines) else ""
            found.append(f"work.py, line {number}, in {frames[0]['name']}: {quoted}")
    return list(dict.fromkeys(found))
