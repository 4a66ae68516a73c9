"""What `concur gil` found, as people read it: tables, ten lines of words, plots.

`grids.py` says what stands in which table, `summary.py` what follows from all of
them, `plots.py` draws. Nothing is computed here that a row does not hold.
"""
