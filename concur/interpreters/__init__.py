"""Which Pythons there are on this machine, and what each says of itself.

Here live finding (`find.py`), asking (`describe.py`) and the copy of tier 0
that a foreign interpreter runs (`tree.py`). Nothing is measured here. Read
`describe.py` first: an interpreter is known by what it answers, never by its name.
"""
