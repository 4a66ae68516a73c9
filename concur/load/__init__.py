"""The load generator: an engine in a process of its own that sends, verifies and times.

`plan.py` says what can be asked for and what comes back; `engine.c` is the
native engine and `twin.py` its Python twin, which speak the same JSON lines;
`drive.py` starts one and talks to it. `datagrams.py` does the same for UDP in one
call, with `datagrams.c` and `datagrams_twin.py`; `program.py` is the process of
either, and `parts.h` what the two C programs share. `selfcheck.py` tries whether
the engine can be believed. What must not live here: anything about the server's
process (that is `bench/`).
"""
