"""Memory a connection: what a server holds for one that is idle, from the slope over up to 10,000 of them.

Read `trial.py` first: a fresh process is read without a connection, then with
more and more of them, each of which has exchanged one message, so that its
buffers and its task exist. `levels.py` says how many, `reading.py` and `kernel.py`
read, `slopes.py` makes figures of it, `claim.py` judges what others said,
`records.py` is what is kept. What must not live here: words for people.
"""
