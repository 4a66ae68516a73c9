"""What people read: tables, the sentences under them, and exports of a run.

Everything here is made of one `Run` (bench/results.py) and nothing else, so that
a saved file reads as the fresh one did. Nothing is measured, and no statistics
are computed here. Read `columns.py` first: it decides what stands in a table;
`table.py` and `exports.py` only draw it; `words.py` says what the figures say.
"""
