"""The engine of the labs: what a lab is, the learner's own copy of it, and how her work is checked.

In the order of reading:

    lab.py          a lab's folder as data: lab.toml, hints, README
    course.py       a folder of labs, in its order
    checking.py     her work against a lab's gates, each in a fresh process; what came of it is a `Result`
    child.py        such a process as the runner sees it: whatever it does, it comes back with how it ended
    warden.py       the process between: limits, and that nothing of hers outlives a check
    endings.py      what an ending means, in a verdict and a sentence
    evidence.py     what is measured beside the gates, and never decides
    folder.py       her own folder; nothing she wrote is ever lost
    progress.py     where she is, what she predicted, what came out
    linting.py      that each lab keeps its promises, for authors; `flaking.py`: that it does so every time

`gates/` holds the instruments that checks are made of: tier 0, since they run
inside any interpreter. Everything else here is tier 1. What must not live here:
a word to people (`concur.report.labs`, `concur.cli.labs`), and any import in
this file, which is part of the tree that foreign interpreters get.
"""
