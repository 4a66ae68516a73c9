"""Which Pythons there are on this machine, what each says of itself, and the environments made for them.

Here live finding (`find.py`), asking (`describe.py`), the copy of tier 0 that a
foreign interpreter runs (`tree.py`), and environments: what is known of them
(`environments.py`) and how they are made (`prepare.py`, then `making.py`).
Nothing is measured here. Read `describe.py` first: an interpreter is known by
what it answers, never by its name.
"""
