"""Runs against runs, and conditions on them; within one run, `bench/comparing.py` does.

`across.py` compares, read it first; `moves.py` says what may be said of each pair of cells, `differences.py` in what
else two runs differ, `two_samples.py` has the statistics of rounds that are not paired; `grammar.py` reads
conditions such as p99>5ms, `conditions.py` judges them. What must not live here: printing.
"""
