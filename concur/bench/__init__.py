"""Measuring: what a run is, how a trial goes, what was counted, and what may be said of it.

`scenarios.py` names the loads, `plan.py` makes a run of them, `target.py`
starts a process under measurement, `trial.py` measures it once, `runner.py`
does all rounds, `counters.py` asks the kernel, `estimates.py` and
`verdicts.py` say what it means, `results.py` is what is kept. What must not
live here: printing (that is `report/` and `cli/`).
"""
