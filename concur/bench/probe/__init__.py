"""Looking at a server in a trial of its own that is not timed: what it calls, where it waits, what it collects.

`probing.py` makes such a trial, read it first; `tracing.py` counts system calls
by perf or strace, `waiting.py` looks at where threads sleep, `gil_takes.py`
counts who asks for the GIL, `probe_figures.py` turns it all into figures. What
must not live here: what the figures mean (that is `explain/`).
"""
