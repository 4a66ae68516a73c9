"""THE crawler: the client side, the same service in every model, and what all of them share.

What decides, without a socket, a clock or a thread, in the order to read it:

    plan.py        what a crawl is to do, and its limits
    jobs.py        what the frontier hands out, and what it is told came of it
    frontier.py    the one rule book of a correct crawl: what models talk to
    schedule.py    which URL next, and when
    known.py       every URL known, its text held once, its state in arrays
    ways.py        which page leads where, and the shortest ways
    politeness.py  one origin: its queue, its delay, its requests in flight
    permission.py  one origin's robots.txt: asked for first, asked again, obeyed
    retries.py     whether an answer is the last word
    journal.py     the file that a crawl is resumed from
    saving.py      a crawl that is saved as it goes, and resumed

What carries it out:

    contract.py    one crawl as a model sees it, and what responses and errors mean
    addresses.py   where a host is, and whether a crawl may go there
    keeping.py     connections that wait for their next request
    memory.py      what a parser frees is kept for the next page
    exporting.py   a finished URL as a JSON line

How models of one kind wait, each kind in one file:

    blocking.py    requests over sockets that block: threads of any sort
    green.py       the same in greenlets
    awaiting.py    requests that are awaited, on any loop
    errand.py      requests whose events are called back
    reacting.py    what all models on the kernel's reactor need
    workers.py     requests that are carried out elsewhere: in processes, in interpreters
    forked.py      processes that do so

All other files are models: threads.py is the crawler as threads, and so on.

What must not live here: parsing (`wire/` does that). What must not live in the
files above: waiting, and anything of one model.
"""
