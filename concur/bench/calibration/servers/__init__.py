"""Models with a known fault, under the contract of `concur.echo`; each file is run by the interpreter under test.

Tier 0: the standard library and `concur.echo` alone. What must not live here: measuring.
"""
