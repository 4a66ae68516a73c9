"""Programs that an interpreter under test executes: standard library only, tier 0.

    python -P -m concur.gil.inside.NAME '{"seconds": 0.5, …}'

Each takes its options as one JSON document, and prints one: `asking.py` starts them.
"""
