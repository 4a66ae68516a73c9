"""Why a cell is as it is: from its counters and its probe to a cause, a sentence, and a predicted cost.

`causes.py` has the rules, read it first; `evidence.py` is what they ask, `costs.py` what a system call costs on this
machine, `costmodel.py` what a request should cost by that; `explaining.py` does all of it for a run. What must not
live here: tracing (that is `probe/`), printing.
"""
