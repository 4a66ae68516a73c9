"""The model `callbacks` beside a thread that keeps the GIL: CONCUR_HOLD_MS of every CONCUR_HOLD_EVERY_MS.

It sleeps in C without letting the GIL go (`ctypes.PyDLL` calls so), as an
extension does that was not written for threads: no CPU time is used, and yet nobody runs.
"""

import ctypes
import os
import socket
import threading
import time

from concur.echo import callbacks
from concur.echo.contract import Service, Stop


def serve(listener: socket.socket, stop: Stop, service: Service) -> None:
    """Serve as `callbacks` does, while the thread holds up everybody now and then."""
    hold_s, every_s = (float(os.environ[name]) / 1e3 for name in ("CONCUR_HOLD_MS", "CONCUR_HOLD_EVERY_MS"))
    done = threading.Event()
    holder = threading.Thread(target=hold, args=(hold_s, every_s, done))
    holder.start()
    try:
        callbacks.serve(listener, stop, service)
    finally:
        done.set()
        holder.join()


def hold(hold_s: float, every_s: float, done: threading.Event) -> None:
    """At fixed times, so that the share of time is as told; a hold that was late is not made up for."""
    sleep = ctypes.PyDLL(None).usleep
    due = time.monotonic() + every_s
    while not done.wait(max(0.0, due - time.monotonic())):
        sleep(int(hold_s * 1e6))
        due = max(due + every_s, time.monotonic())
