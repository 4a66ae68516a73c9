"""concur: one small networked service, written for every way Python has of doing many things at a time.

Start with `echo/threads.py`: it is short, and its neighbours differ from it
only in how they wait. `catalog.py` is the table of all models; `kernel/` is
the runtime that `generators` and `coroutines` stand on; `bench/` measures.

The packages form three tiers, and imports only point down (pyproject.toml,
[tool.importlinter]): tier 0 runs inside the interpreter under test and needs
nothing installed, tier 1 drives and measures, tier 2 speaks to people.
"""

__version__ = "0.1.0"
