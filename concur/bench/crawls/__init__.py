"""`concur bench --service crawl`: every model's crawler against the same synthetic webs, measured and judged.

A web in a process of its own is crawled to its end by a fresh process of the target; what the web was asked is held
against the right answer, and a crawl that differs from it is wrong, however fast. Read `scenarios.py` first, then
`trial.py`; `running.py` carries a plan out, `results.py` is what it leaves behind. What must not live here: words
and pictures, which are `concur.report`'s, and how a process tree is counted, which is `concur.bench.counters`'.
"""
