"""Protocol code that does no I/O: bytes in, what they mean out. Tier 0.

Read it in this order: `urls.py` (one canonical form for a URL), `http.py` (the
client's side of one HTTP/1.1 connection, over h11), `bodies.py` (content
codings, bounded), `links.py` (what a page links to), `robots.py` (what a site
forbids). Whatever bytes come, only the errors of `faults.py` leave.

What must not live here: sockets, waiting, clocks, and what a crawl makes of an answer (`crawl/`).
"""
