import signal

import pytest

from concur.labs.endings import result_of
from concur.labs.job import CLOSED, EXIT, MEMORY, MIB, NO_START, OUTPUT, PROCESSES, RESULT, TIME, Ended, Limits

LIMITS = Limits(seconds=2.0, memory_bytes=512 * MIB, processes=40)


def meaning(ended: Ended) -> tuple[str, str]:
    result = result_of("doubles", "double(21) is 42", ended, LIMITS, "/x/work.py", "while True: pass\n")
    return result.verdict, result.seen


@pytest.mark.parametrize(
    ("ended", "verdict", "seen"),
    [
        (Ended(TIME, phase="running"), "hung", "it had not ended after 2 s"),
        (Ended(TIME, phase="loading"), "hung", "work.py had not finished loading"),
        (Ended(TIME, phase="threads", threads=["a", "b"]), "hung", "a thread of yours never ended: a, b"),
        (Ended(TIME, phase="preparing"), "broken", "the checker hung"),
        (Ended(MEMORY, phase="running"), "killed", "more than 512 MiB"),
        (Ended(PROCESSES, phase="running"), "killed", "more than 40 processes"),
        (Ended(OUTPUT, phase="running"), "killed", "printed more than 64 MiB"),
        (Ended(CLOSED, 77, phase="running"), "error", "closed descriptors"),
        (Ended(NO_START, problem="no room"), "broken", "could not be started"),
        (Ended("warden killed", -9), "tampered", "killed the process that watches it"),
        (Ended("warden stopped"), "tampered", "stopped the process that watches it"),
        (Ended(EXIT, 0, phase="running"), "error", "ended the whole process, with status 0"),
        (Ended(EXIT, -signal.SIGSEGV, phase="running"), "error", "SIGSEGV"),
        (Ended(EXIT, -signal.SIGXFSZ, phase="running"), "killed", "a file without end"),
        (Ended(EXIT, -signal.SIGTERM, phase="loading"), "error", "by SIGTERM"),
        (Ended(EXIT, -63, phase="loading"), "error", "by signal 63"),
        (Ended(EXIT, 1, phase="preparing"), "broken", "the checker ended before it began"),
        (Ended(EXIT, -9, phase="running", offences=["your code read x"]), "tampered", "your code read x"),
        (Ended(RESULT, 0, phase="running", is_forged=True), "tampered", "wrote to the descriptor"),
    ],
)
def test_each_ending_has_its_verdict_and_its_sentence(ended: Ended, verdict: str, seen: str) -> None:
    found = meaning(ended)
    assert (found[0], seen in found[1]) == (verdict, True), found


def test_what_was_told_is_taken_as_it_is() -> None:
    told = {"verdict": "failed", "asked": "this", "seen": "that", "detail": "more"}
    result = result_of("doubles", "title", Ended(RESULT, 0, told, output="printed", took_ns=5), LIMITS, "", "")
    assert (result.asked, result.seen, result.detail) == ("this", "that", "more")
    assert (result.output, result.took_ns) == ("printed", 5)


def test_what_failed_without_a_word_was_asked_by_its_title() -> None:
    assert result_of("doubles", "title", Ended(EXIT, 0, phase="running"), LIMITS, "", "").asked == "title"


def test_where_it_stood_is_quoted() -> None:
    stacks = 'Thread 0x1 (most recent call first):\n  File "/x/work.py", line 1 in <module>\n'
    ended = Ended(TIME, phase="loading", stacks=stacks)
    result = result_of("doubles", "title", ended, LIMITS, "/x/work.py", "while True: pass\n")
    assert result.detail == "It stood at\nwork.py, line 1, in <module>: while True: pass"
