"""Measuring: what a run is, how a trial goes, what was counted, and what may be said of it.

`scenarios.py` names the loads, `plan.py` makes a run of them, `target.py`
starts a process under measurement, `trial.py` measures it once, `turns.py`
several at a time, `runner.py` does all rounds, `counters.py` asks the kernel,
`estimates.py` and `verdicts.py` say what it means, `results.py` is what is
kept. `probe/` looks at a server untimed, `explain/` says why it is as it is,
`compare/` holds runs against runs, `calibration/` puts known faults in. What
must not live here: printing (that is `report/` and `cli/`).
"""
