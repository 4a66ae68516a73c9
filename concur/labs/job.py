"""What a warden is asked to run, and what it found: plain data, which goes through pipes as JSON. Tier 1.

Standard library alone, as in all that the warden imports: it starts for every check.
"""

import json
from typing import Any, NamedTuple

MIB = 1 << 20
START_S = 30.0  # for an interpreter to start and load the checks, whatever else the machine is doing
GRACE_S = 3.0  # for a child that has reported to exit

RESULT, EXIT, TIME, MEMORY, PROCESSES, OUTPUT, CLOSED, NO_START, ABANDONED = (
    "result",
    "exit",
    "time",
    "memory",
    "processes",
    "output",
    "closed",
    "no start",
    "abandoned",
)


class Limits(NamedTuple):
    """What a check may use. tasks are processes and threads together, file_bytes is of each file that is written."""

    seconds: float
    memory_bytes: int
    processes: int
    tasks: int = 1000
    output_bytes: int = 64 * MIB
    file_bytes: int = 256 * MIB


class Job(NamedTuple):
    """A command, its surroundings and limits; order is what the program in it is told (`gates/program.py`)."""

    command: list[str]
    env: dict[str, str]
    folder: str
    order: dict[str, Any]
    limits: Limits


class Ended(NamedTuple):
    """How a job ended: why (one of the words above), the exit status (negative: the signal), and all that came.

    told is the program's last word, if it had one; phase is how far it came; offences
    are in the learner's words; is_forged says that something without the nonce came on
    the control descriptor; stacks are each thread's, innermost first, when time was up.
    """

    why: str
    status: int | None = None
    told: dict[str, Any] | None = None
    phase: str = ""
    threads: list[str] = []  # noqa: RUF012 # never changed
    offences: list[str] = []  # noqa: RUF012 # never changed
    is_forged: bool = False
    output: str = ""
    output_bytes: int = 0
    stacks: str = ""
    took_ns: int = 0
    problem: str = ""


def job_from(line: bytes) -> Job:
    """The job of one line of JSON."""
    found = json.loads(line)
    return Job(**found | {"limits": Limits(**found["limits"])})


def job_line(job: Job) -> bytes:
    """The same, the other way."""
    return json.dumps(job._asdict() | {"limits": job.limits._asdict()}).encode() + b"\n"
