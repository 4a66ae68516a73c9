"""The files of a new lab: «fetch all at once», the smallest lab that has every part. Tier 1; texts alone.

Each gate, hint and wrong answer is a true one, to be changed into the author's own.
"""

LAB = """title = "TITLE"
summary = "Fetch many things at once, and keep their order"
topics = ["coroutines"]
requires = []
needs = []
runs_on = ["cpython", "free-threaded", "pypy"]

[minutes]
teach = 5
do = 10

[[predictions]]
id = "together"
ask = "Ten fetches wait 20 ms each. How long do all of them take, one after another, as start.py has it?"
kind = "number"
unit = "ms"
measured = "serial_ms"
why = "Each `await` in the loop waits for its own fetch to end before the next one begins, so the waits add up."

[[checks]]
id = "answers"
title = "Each answer is in its place"
kind = "gate"
points = 1
rationale = "The answers are made anew for each check, and the fetches end in another order than they begin."
help = "Are the answers in the order of the calls, whichever of them ended first?"

[[checks]]
id = "together"
title = "They wait at the same time"
kind = "gate"
points = 2
rationale = "On a virtual clock ten waits of one second take ten seconds one after another, and one together: exactly."
help = "An `await` in a loop waits for one at a time: what begins them all before the first is awaited?"

[[wrong]]
file = "serial.py"
fails = "together"
idea = "await them in a loop"
cheat = "serial awaits"

[[wrong]]
file = "hard_coded.py"
fails = "answers"
idea = "the answers that were seen once"
cheat = "hard-coded answers"

[[wrong]]
file = "patched_clock.py"
fails = "together"
idea = "make sleeping free"
cheat = "patched clock"

[[wrong]]
file = "as_they_end.py"
fails = "answers"
idea = "collect the answers as they arrive"

[plot]
kind = "bars"
title = "Ten fetches of 20 ms"
x = "start.py's way, and together"
y = "ms"
log = false
series = ["serial_ms", "together_ms"]

[explain]
ask = "Why does the loop with `await` in it take ten times as long?"
why = "A coroutine does nothing until it is driven: the second fetch does not exist before the first has ended."
answer = "b"

[[explain.choices]]
id = "a"
text = "Because a loop in Python is slow"

[[explain.choices]]
id = "b"
text = "Because the second fetch begins only when the first has ended"

[[explain.choices]]
id = "c"
text = "Because the event loop has one thread"
"""

README = """# TITLE

Tell the story here, in plain words, with who found it and where it was written.

## What to do

1. `concur labs predict`: say what you expect, before anything runs.
2. `concur labs run`: see what your machine does.
3. Change `fetch_all` in `work.py` until the gates pass: `concur labs check`, or `concur labs watch` beside your editor.
4. `concur labs explain`: one choice, and one sentence of your own.

`concur labs hint` helps, three times.
"""

START = '''"""Fetch many things at once, and keep their order."""

import asyncio


async def fetch_all(fetch, count):
    """The answers of `await fetch(0)` to `await fetch(count - 1)`, in this order, all of them under way at once."""
    answers = []
    for number in range(count):
        answers.append(await fetch(number))  # TODO: this waits for one before it begins the next
    return answers


async def demo():
    async def fetch(number):
        await asyncio.sleep(0.02)
        return number * number

    print(await fetch_all(fetch, 10))


if __name__ == "__main__":
    asyncio.run(demo())
'''

CHECKS = '''"""The gates of this lab: on a virtual clock, so that no machine is too slow for them."""

import asyncio
import random

from concur.labs.gates import require, run_virtual

COUNT = 10


def check_answers(work):
    answers = [random.randrange(1_000_000) for _ in range(COUNT)]

    async def fetch(number):
        await asyncio.sleep(COUNT - number)  # the first one called is the last to end
        return answers[number]

    result = run_virtual(work.fetch_all(fetch, COUNT)).result
    require(list(result or ()) == answers, f"the answers in the order of the calls: {answers}", f"{result}")
    return f"{COUNT} answers, each in its place"


def check_together(work):
    async def fetch(number):
        await asyncio.sleep(1.0)
        return number

    timed = run_virtual(work.fetch_all(fetch, COUNT))
    require(timed.elapsed_s == 1.0, f"{COUNT} waits of 1 s in 1.0 s", f"{timed.elapsed_s} s")
    return f"{COUNT} waits of 1 s took {timed.elapsed_s} s"
'''

EVIDENCE = '''"""What is measured on this machine, beside the prediction. It decides nothing."""

import asyncio
import time

COUNT, WAIT_S = 10, 0.02


async def fetch(number):
    await asyncio.sleep(WAIT_S)
    return number


async def serial():
    return [await fetch(number) for number in range(COUNT)]


async def together():
    return await asyncio.gather(*map(fetch, range(COUNT)))


def measure(work):
    return {"serial_ms": _ms(serial), "together_ms": _ms(together)}


def _ms(program):
    began = time.perf_counter()
    asyncio.run(program())
    return (time.perf_counter() - began) * 1000
'''

HINTS = """## Where to look

At the `await` within the loop: what has begun by the time it waits?

## Which idea

Begin all of them first, then wait for all. A coroutine that is only called has not begun: something must drive it.

## Almost the code

`asyncio.gather` takes the coroutines and keeps the order of its arguments:
`await asyncio.gather(*(fetch(n) for n in …))`.
"""

SOLUTION = '''"""All of them begin before the first is waited for; gather keeps their order."""

import asyncio


async def fetch_all(fetch, count):
    """The answers of `await fetch(0)` to `await fetch(count - 1)`, in this order, all of them under way at once."""
    return list(await asyncio.gather(*(fetch(number) for number in range(count))))
'''

SERIAL = '''"""Wrong: one wait after another."""


async def fetch_all(fetch, count):
    return [await fetch(number) for number in range(count)]
'''

HARD_CODED = '''"""Wrong: the answers of the demo, whatever is asked."""


async def fetch_all(fetch, count):
    return [number * number for number in range(count)]
'''

PATCHED_CLOCK = '''"""Wrong: no wait takes any time."""

import asyncio


async def _no_sleep(delay, result=None):
    return result


asyncio.sleep = _no_sleep


async def fetch_all(fetch, count):
    return [await fetch(number) for number in range(count)]
'''

AS_THEY_END = '''"""Wrong: together, but the order is of the ends."""

import asyncio


async def fetch_all(fetch, count):
    return [await done for done in asyncio.as_completed([fetch(number) for number in range(count)])]
'''

NOTES = """# Notes for the teacher

Pacing: five minutes of talk, ten of work; most time goes into the README's third task.

Ask: «What does calling a coroutine function do?» «What would `await` in a loop be right for?»

What goes wrong: `create_task` in the loop with the `await` behind it on the same line, which is serial again.
"""

FILES = {
    "lab.toml": LAB,
    "README.md": README,
    "start.py": START,
    "checks.py": CHECKS,
    "evidence.py": EVIDENCE,
    "hints.md": HINTS,
    "solution.py": SOLUTION,
    "wrong/serial.py": SERIAL,
    "wrong/hard_coded.py": HARD_CODED,
    "wrong/patched_clock.py": PATCHED_CLOCK,
    "wrong/as_they_end.py": AS_THEY_END,
    "notes.md": NOTES,
}
