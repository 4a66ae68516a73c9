from concur.labs.gates.stacks import innermost

DUMP = """Thread 0x00007f (most recent call first):
  File "/lib/threading.py", line 320 in wait
  File "/x/work.py", line 2 in second
  File "/x/work.py", line 1 in <module>

Current thread 0x00007e (most recent call first):
  File "/x/work.py", line 3 in double
  File "/x/checks.py", line 9 in check_it
"""
SOURCE = "first\n    lock.acquire()\n    while True:\n"


def test_each_thread_stands_at_its_innermost_line() -> None:
    assert innermost(DUMP, "/x/work.py", SOURCE) == [
        "work.py, line 2, in second: lock.acquire()",
        "work.py, line 3, in double: while True:",
    ]


def test_a_dump_of_others_says_nothing() -> None:
    assert innermost(DUMP, "/y/work.py", SOURCE) == []
    assert innermost("", "/x/work.py", SOURCE) == []
