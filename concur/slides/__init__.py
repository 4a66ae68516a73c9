"""The talk: Markdown decks into slides that need no network, and a presenter who can run what they show. Tier 2.

In the order of reading:

    deck.py        a deck's Markdown as data: slides, their blocks of code, their pictures
    code.py        code on slides: quoted from the project by name, or run
    linting.py     what must hold of a deck; one message for each breach
    schedule.py    which topic has how many minutes, and whether the decks keep to it
    markup.py      a slide's Markdown as HTML
    pictures.py    diagrams and figures as SVG that may stand in a page
    page.py        a deck as one HTML file: reveal.js, styles and scripts within, a strict policy
    build.py       the files of all decks
    pdf.py         the same as PDF, by Chromium; `browser.py` tells that what to do
    figures.py     this machine's own figures; `results.py` draws them from its newest results, `bars.py`
                   those of labs; `measuring.py` runs what is missing
    present/       a server on loopback that runs a slide's block in a process of its own

`diagrams/` draws what happens under the hood, `reveal/` is reveal.js as it was
published. The decks themselves are in the project's `slides/`. What must not live
here: a word on a slide, and any measuring.
"""
