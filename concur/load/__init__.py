"""The load generator: an engine in a process of its own that sends, verifies and times.

`plan.py` says what can be asked for and what comes back; `engine.c` is the
native engine and `twin.py` its Python twin, which speak the same JSON lines;
`drive.py` starts one and talks to it; `selfcheck.py` tries whether it can be
believed. What must not live here: anything about
the server's process (that is `bench/`).
"""
