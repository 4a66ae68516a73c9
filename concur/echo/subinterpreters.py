"""The echo server in subinterpreters: one for each worker, threads inside.

Several interpreters in one process, each with modules, objects and a GIL of its
own: what `threads` cannot, two of them compute at once. They share what is the
process's, such as this listener; whoever comes first accepts. Nothing else
passes from one to the other without being copied.
"""

import socket

from concur.echo.contract import Service, Stop
from concur.echo.isolated import Interpreters


def serve(listener: socket.socket, stop: Stop, service: Service) -> None:
    """Make the interpreters, each with a descriptor of its own for the one listener, and let them serve."""
    workers = Interpreters(stop, service)
    for _ in range(service.pool):
        workers.add("importlib:import_module", "concur.echo.threads", listener.dup())
    listener.close()
    workers.serve()
