"""The talk on stage: decks served on loopback, whose blocks run in real processes on request. Tier 2.

    gate.py       who may ask for what: token, Host, Origin, method, size; pure rules
    blocks.py     a block under a warden, and what is said of how it ended
    meter.py      the process between: it waits for the block, and reports what the kernel counted
    server.py     HTTP on loopback: pages, and one door that runs a block

What can be run is what stands in the decks: a request names a block, and never
brings code. What must not live here: what a page looks like (`concur.slides.page`).
"""
