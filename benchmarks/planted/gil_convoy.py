"""The fault: a thread beside the server's computes, and keeps the GIL for a whole switch interval each time it gets it.

Whoever has waited in a call has to ask for the GIL again, and gets it when the 5 ms are over: the threads that
answer queue behind one that never waits (David Beazley, «Understanding the Python GIL», PyCon 2010; bpo-7946).
It is worst where there is a second CPU: on one alone they would have to share that, too.
"""

import threading

from concur.echo import threads


def serve(listener, stop, service):
    threading.Thread(target=compute, args=(stop,)).start()
    threads.serve(listener, stop, service)


def compute(stop):
    number = 0
    while not stop.is_requested:
        number = (number * 1103515245 + 12345) % 2**31
