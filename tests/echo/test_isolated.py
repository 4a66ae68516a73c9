"""Subinterpreters as workers, on the newest interpreter that has them."""

import os
import subprocess
from pathlib import Path
from typing import Any

from concur.interpreters.describe import Interpreter

CAPTURED: dict[str, Any] = {"capture_output": True, "text": True, "check": False}
ROOT = Path(__file__).parents[2]
OUT_OF_DESCRIPTORS = """
import os, resource
from concur.echo.contract import Service, listen
from concur.echo.isolated import Interpreters
from concur.echo.stop import Stop

resource.setrlimit(resource.RLIMIT_NOFILE, (64, 64))
stop, service = Stop(), Service(pool=2)
workers = Interpreters(stop, service)
with listen("127.0.0.1", 0) as listener:
    for _ in range(2):
        workers.add("importlib:import_module", "concur.echo.threads", listener.dup())
taken = []
try:
    while True:
        taken.append(os.dup(0))
except OSError:
    stop.request()
workers.serve()
print("served")
"""


def test_workers_begin_though_others_have_taken_all_descriptors(newest: Interpreter) -> None:
    run = subprocess.run(
        [newest.executable, "-c", OUT_OF_DESCRIPTORS], env=os.environ | {"PYTHONPATH": str(ROOT)}, **CAPTURED
    )
    assert (run.stdout, run.stderr) == ("served\n", "")
