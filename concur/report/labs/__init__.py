"""The labs on a terminal, and their plots: values of `concur/labs` as lines, lists, tables and pictures. Tier 2.

Everything is shown through a `Screen`, which knows whether the reader sees boxes
and bars or hears words (`--plain`). What must not live here: questions, and
whatever decides something. Read `screen.py` first, then `gates.py`.
"""
