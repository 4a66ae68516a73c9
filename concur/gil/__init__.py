"""What the GIL does to a service, experiment by experiment: the successor of CPython's ccbench.

Each experiment is a module of its name with the same three functions, in the same order:

    points(asked)                   what there is to measure, with how long that takes and why some cannot be
    measure(point, asked, number)   one sample of one point, in a fresh process of its interpreter
    rows(outcomes)                  what the samples of all rounds say; pure

`points.py` says what these speak of, `results.py` what comes out, `running.py`
chooses within a budget of time, and shuffles. In `inside/` is what runs in the
interpreter under test: tier 0, standard library only. Read `throughput.py` first.
What must not live here: words and pictures, which are `concur.report.gil`'s.
"""
