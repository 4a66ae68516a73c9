"""The sub-verbs of `concur labs`, one file for each group of them; `concur/cli/labs.py` has their list.

Each reads what was typed, calls `concur.labs`, and shows what came of it by
`concur.report.labs`. Each is imported only when it is asked for. What must not
live here: what decides, or draws. Read `place.py` first, then `going.py`.
"""
