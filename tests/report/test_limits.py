from collections.abc import Callable
from typing import Any

from concur.report.limits import limits

Make = dict[str, Callable[..., Any]]


def test_a_run_that_lacked_nothing_says_nothing(make: Make) -> None:
    assert list(limits(make["run"]([make["cell"]()]))) == []


def test_the_python_engine_is_named(make: Make) -> None:
    run = make["run"]([make["cell"](engine="python"), make["cell"]()])
    assert list(limits(run)) == [
        "The Python engine sent the load in 3 of 6 trials: it ends at about 50–60 k req/s, so rates near that are its "
        "own; with a C compiler the native one is used."
    ]


def test_portable_counters_are_named(make: Make) -> None:
    cell = make["cell"]()
    cell.trials[0].counter_source = "portable"
    assert list(limits(make["run"]([cell]))) == [
        "psutil counted in 1 of 3 trials, which knows less than the kernel tells."
    ]


def test_what_trials_did_without_is_listed(make: Make) -> None:
    cell = make["cell"]()
    for trial in cell.trials:
        trial.missing = ["run-queue delay"]
    assert list(limits(make["run"]([cell]))) == ["Not to be had: run-queue delay (3 of 3 trials)."]


def test_rates_without_counters_are_named(make: Make) -> None:
    cell = make["cell"]()
    cell.trials[0].counters = None
    (sentence,) = limits(make["run"]([cell]))
    assert sentence.startswith("1 of 3 trials have no counters")


def test_free_placement_is_named(make: Make) -> None:
    plan = {"scenarios": [{"name": "small", "placement": "free"}, {"name": "one", "placement": "pinned"}]}
    (sentence,) = limits(make["run"]([make["cell"]()], plan=plan))
    assert sentence.startswith("In small the scheduler placed server and engine")


def test_windows_that_opened_too_soon_are_named(make: Make) -> None:
    cell = make["cell"]()
    cell.trials[2].steady = False
    (sentence,) = limits(make["run"]([cell]))
    assert sentence.startswith("1 of 3 trials were not steady")


def test_an_interrupted_run_is_a_part_of_one(make: Make) -> None:
    (sentence,) = limits(make["run"]([make["cell"]()], complete=False))
    assert sentence.startswith("The run did not end: 3 trials are here")


def test_a_loop_without_epoll_is_named(make: Make) -> None:
    cell = make["cell"]("callbacks")
    cell.observed["poller"] = "select"
    (sentence,) = limits(make["run"]([cell]))
    assert sentence.startswith("The hand-made loops waited by select")
    cell.observed["poller"] = "epoll"
    assert list(limits(make["run"]([cell]))) == []


def test_trials_that_were_made_again_are_counted(make: Make) -> None:
    cell = make["cell"]()
    cell.trials[1].repeated = 2
    (sentence,) = limits(make["run"]([cell]))
    assert sentence.startswith("2 trials were repeated, 40 %")
