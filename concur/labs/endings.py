"""What the ending of a check means, in a verdict and a sentence. Tier 1; pure: from an `Ended` to a `Result`."""

import signal
from collections.abc import Callable
from typing import Any

import msgspec

from concur.labs import child
from concur.labs.gates.stacks import innermost
from concur.labs.job import CLOSED, MEMORY, MIB, NO_START, OUTPUT, PROCESSES, RESULT, TIME, Ended, Limits
from concur.labs.lab import Verdict

CRASHES = {
    signal.SIGSEGV: "your code crashed the interpreter (SIGSEGV): ctypes, or a recursion deeper than the stack",
    signal.SIGABRT: "your code crashed the interpreter (SIGABRT)",
    signal.SIGBUS: "your code crashed the interpreter (SIGBUS): a mapped file that has become shorter, perhaps",
    signal.SIGFPE: "your code crashed the interpreter (SIGFPE)",
    signal.SIGXFSZ: "your code wrote a file without end, and was ended",
}


class Result(msgspec.Struct, kw_only=True):
    """What came of one check.

    id is the check's; asked and seen are in words, seen also where it passed, was
    skipped (the reason) or went wrong otherwise (what happened); detail is more lines:
    her own lines of a traceback, a trace, where threads stood; output is what her code
    printed, its middle left out where it is long.
    """

    id: str
    verdict: Verdict
    asked: str = ""
    seen: str = ""
    detail: str = ""
    output: str = ""
    took_ns: int = 0

    @property
    def is_passed(self) -> bool:
        """Passed, or skipped with credit for what the machine lacks."""
        return self.verdict in ("passed", "skipped")


def result_of(name: str, title: str, ended: Ended, limits: Limits, work: str, source: str) -> Result:
    """The result of a check; work is the path of the learner's file as it ran, source its text."""
    found = _meaning(ended, limits, work, source)
    if found["verdict"] != "passed":
        found["asked"] = found.get("asked") or title
    return Result(id=name, output=ended.output, took_ns=ended.took_ns, **found)


def _meaning(ended: Ended, limits: Limits, work: str, source: str) -> dict[str, Any]:
    if ended.offences:
        return {"verdict": "tampered", "seen": ended.offences[0]}
    if ended.is_forged:
        return {"verdict": "tampered", "seen": "your code wrote to the descriptor on which the check reports"}
    if ended.why == TIME:
        return _time(ended, limits, work, source)
    if ended.why in MEANINGS:
        return MEANINGS[ended.why](ended, limits)
    if ended.told and ended.why == RESULT:
        return {key: ended.told[key] for key in ("verdict", "asked", "seen", "detail")}
    return _ended_early(ended)


def _ended_early(ended: Ended) -> dict[str, Any]:
    """The child is gone, and has not said what it found."""
    status = ended.status or 0
    if ended.phase in ("", "preparing"):
        return _broken(f"the checker ended before it began, {_status(status)}", ended.output)
    if status >= 0:
        return {"verdict": "error", "seen": f"your code ended the whole process, {_status(status)}: os._exit, perhaps"}
    if -status in CRASHES:
        verdict = "killed" if -status == signal.SIGXFSZ else "error"
        return {"verdict": verdict, "seen": CRASHES[signal.Signals(-status)]}
    return {"verdict": "error", "seen": f"your code ended the whole process, {_status(status)}"}


def _status(status: int) -> str:
    if status >= 0:
        return f"with status {status}"
    known = -status in set(signal.Signals)
    return f"by {signal.Signals(-status).name}" if known else f"by signal {-status}"


def _time(ended: Ended, limits: Limits, work: str, source: str) -> dict[str, Any]:
    if ended.phase in ("", "preparing"):
        return _broken("the checker hung before your code was loaded", ended.stacks)
    stood = innermost(ended.stacks, work, source)
    detail = "\n".join(["It stood at", *stood]) if stood else ""
    if ended.phase == "threads":
        names = ", ".join(dict.fromkeys(ended.threads))
        seen = f"the check was through, but a thread of yours never ended: {names}"
    elif ended.phase == "loading":
        seen = f"work.py had not finished loading after {limits.seconds:g} s"
    else:
        seen = f"it had not ended after {limits.seconds:g} s: a loop without end, or a wait for what never comes"
    return {"verdict": "hung", "seen": seen, "detail": detail}


def _memory(_: Ended, limits: Limits) -> dict[str, Any]:
    return {"verdict": "killed", "seen": f"your code held more than {limits.memory_bytes // MIB:,} MiB, and was ended"}


def _processes(_: Ended, limits: Limits) -> dict[str, Any]:
    return {"verdict": "killed", "seen": f"your code had more than {limits.processes} processes, and was ended"}


def _output(_: Ended, limits: Limits) -> dict[str, Any]:
    most = limits.output_bytes // MIB
    return {"verdict": "killed", "seen": f"your code printed more than {most} MiB, and was ended"}


def _closed(_: Ended, __: Limits) -> dict[str, Any]:
    return {
        "verdict": "error",
        "seen": "your code closed descriptors that are not its own, among them the one on which the check reports",
    }


def _no_start(ended: Ended, _: Limits) -> dict[str, Any]:
    return _broken("the check could not be started", ended.problem)


def _warden(ended: Ended, _: Limits) -> dict[str, Any]:
    done = "killed" if ended.why == child.KILLED else "stopped"
    return {"verdict": "tampered", "seen": f"your code {done} the process that watches it"}


def _broken(what: str, detail: str = "") -> dict[str, Any]:
    return {"verdict": "broken", "seen": what, "detail": detail}


MEANINGS: dict[str, Callable[[Ended, Limits], dict[str, Any]]] = {
    MEMORY: _memory,
    PROCESSES: _processes,
    OUTPUT: _output,
    CLOSED: _closed,
    NO_START: _no_start,
    child.KILLED: _warden,
    child.STOPPED: _warden,
}
