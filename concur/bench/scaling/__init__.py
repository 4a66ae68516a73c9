"""How a rate changes with what is put on a server: scaling laws, crossovers, and rates up to the knee. Tier 1.

`records.py` has what a run's file keeps of it. `curves.py` makes curves of a
run's cells, `laws.py` fits them and says when not to, `crossovers.py` finds who
overtakes whom; all three are pure. `ladder.py` decides at which rates a rate
sweep offers, `knees.py` what it found. `concluding.py` puts all of it into a run;
read it first. What must not live here: words and pictures (`report/scaling_*.py`).
"""
