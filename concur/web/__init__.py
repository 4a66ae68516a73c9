"""The synthetic web that crawlers crawl: of any size, stored nowhere, and with the right answer known.

Everything about page n is computed from (seed, n): its links, its size, how long
it takes, what is wrong with it. So a server can build it in microseconds, and an
oracle can say, without a socket, exactly which URLs a correct crawl asks for.

Read `graph.py` first (which page links to which), then `faults.py` (what can be
wrong, and what a correct crawl makes of it), then `oracle.py`. `pages.py`,
`misbehaving.py` and `answers.py` turn a request into bytes; `conversation.py`
sends them, `serving.py` listens; `log.py` counts what was asked, and
`judging.py` compares that with the oracle. `running.py` is a web in a process of
its own. What must not live here: a crawler, or anything that the crawler under
test decides with.
"""
