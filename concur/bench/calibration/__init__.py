"""Whether the measuring can be believed: known faults are put into a server, and looked for in what is reported.

`inject.c` and `inject.py` put CPU, delay, loss and stalls into any model on any
interpreter, by LD_PRELOAD; `servers/` are models with a fault of their own.
`live.py` measures a target whose fault changes while it runs; `cpu.py`,
`latency.py` and `surroundings.py` are the experiments, `rows.py` what they
found, `experiments.py` all of them in turn. Read `inject.c` first. What must
not live here: what a table looks like (`concur/cli/doctor.py`).
"""
