import os
import pickle
import subprocess
import sys
import threading
from concurrent.futures import ThreadPoolExecutor

import pytest

from concur.labs.gates import Worker, Workers, who

SUBPROCESS = "import pickle, sys; from concur.labs.gates import who; sys.stdout.buffer.write(pickle.dumps(who()))"


def test_it_is_this_process_and_thread():
    assert who() == (os.getpid(), threading.get_native_id(), 0)


def test_threads_of_one_process_differ():
    workers, both = Workers(), threading.Barrier(2)

    def work():
        workers.note()
        both.wait()  # lest one thread does it all

    with ThreadPoolExecutor(2) as pool:
        for _ in range(2):
            pool.submit(work)
    assert workers.pids == {os.getpid()}
    assert len(workers.threads) == len(workers.noted) == 2
    assert workers.interpreters == {0}


def test_another_process_is_told_by_a_pickle():
    said = subprocess.run([sys.executable, "-c", SUBPROCESS], capture_output=True, check=True).stdout
    workers = Workers()
    assert isinstance(workers.note(pickle.loads(said)), Worker)
    workers.note()
    assert len(workers.pids) == 2
    assert os.getpid() in workers.pids


@pytest.mark.skipif(sys.version_info < (3, 14) or sys.implementation.name == "pypy", reason="from 3.14 on")
def test_another_interpreter_is_told_apart():
    from concurrent import interpreters  # type: ignore[attr-defined, unused-ignore]

    interpreter = interpreters.create()
    worker = interpreter.call(lambda: tuple(__import__("concur.labs.gates", fromlist=["who"]).who()))
    assert worker[0] == os.getpid()
    assert worker[2] == interpreter.id != who().interpreter_id
    interpreter.close()
