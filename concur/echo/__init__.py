"""THE echo server, one file per model: the same service, another way of waiting.

Read `contract.py` first (what they all share), then `threads.py`, then any
other: neighbours diff well. A model is a module with

    serve(listener, stop, service)

which serves on a bound, listening socket until `stop` is requested, and returns
when every connection is closed. What must not live in a model's file: socket
options, framing, the dose, error policy, limits (`contract.py` has them), who
computes elsewhere (`offload.py`), and how workers are started, told of the stop
and heard out (`forked.py`, `isolated.py`).
"""
