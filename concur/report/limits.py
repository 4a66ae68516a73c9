"""What the harness itself could not do in a run, so that nobody takes it for the models' doing."""

from collections import Counter
from collections.abc import Callable, Iterator

from concur.bench.results import Run, Trial
from concur.report import figures

PYTHON_ENGINE_PER_S = "50–60 k"


def limits(run: Run) -> Iterator[str]:
    """Every sentence about the engine, the counters, the placement and the run's end that applies."""
    for rule in LIMITS:
        sentence = rule(run)
        if sentence:
            yield sentence


def python_engine(run: Run) -> str:
    """The twin of the native engine is sound, but ends early."""
    engines = Counter(trial.load.engine for trial in _trials(run) if trial.load is not None)
    if not engines["python"]:
        return ""
    return (
        f"The Python engine sent the load in {engines['python']} of {engines.total()} trials: it ends at about "
        f"{PYTHON_ENGINE_PER_S} req/s, so rates near that are its own; with a C compiler the native one is used."
    )


def portable_counters(run: Run) -> str:
    """psutil knows less than the kernel tells."""
    sources = Counter(trial.counter_source for trial in _trials(run) if trial.counter_source)
    if not sources["portable"]:
        return ""
    return (
        f"psutil counted in {sources['portable']} of {sources.total()} trials, which knows less than the kernel tells."
    )


def missing(run: Run) -> str:
    """What the trials said they did without."""
    trials = _trials(run)
    without = Counter(name for trial in trials for name in dict.fromkeys(trial.missing))
    if not without:
        return ""
    listed = ", ".join(f"{name} ({number} of {len(trials)} trials)" for name, number in without.items())
    return f"Not to be had: {listed}."


def portable_poller(run: Run) -> str:
    """Our own loops without epoll pay more for each descriptor that is quiet."""
    loops = [cell for cell in run.cells if cell.model != "polling"]  # which is about select
    pollers = Counter(cell.observed["poller"] for cell in loops if "poller" in cell.observed)
    others = [name for name in pollers if name != "epoll"]
    if not others:
        return ""
    return f"The hand-made loops waited by {', '.join(others)}, not by epoll: the cost grows with the connections."


def no_counters(run: Run) -> str:
    """A rate without what explains it."""
    measured = [trial for trial in _trials(run) if trial.load is not None]
    blind = [trial for trial in measured if trial.counters is None]
    if not blind:
        return ""
    return f"{len(blind)} of {len(measured)} trials have no counters, so nothing explains their rates: concur doctor"


def not_pinned(run: Run) -> str:
    """Without cores of their own, server and engine share a CPU by chance, and a rate changes severalfold by it."""
    scenarios = run.plan.get("scenarios", [])
    free = [one["name"] for one in scenarios if isinstance(one, dict) and one.get("placement") == "free"]
    if not free:
        return ""
    return f"In {', '.join(free)} the scheduler placed server and engine: that alone can change a rate severalfold."


def unsteady(run: Run) -> str:
    """Windows that opened before the rate had settled."""
    measured = [trial for trial in _trials(run) if trial.load is not None]
    restless = [trial for trial in measured if not trial.steady]
    if not restless:
        return ""
    return (
        f"{len(restless)} of {len(measured)} trials were not steady when their window opened; a longer warm-up: -w 10s"
    )


def held_up(run: Run) -> str:
    """Trials that were made again."""
    trials = [*_trials(run), *(trial for cell in run.steps for trial in cell.trials)]
    if not (again := sum(trial.repeated for trial in trials)):
        return ""
    were = "trial was" if again == 1 else "trials were"
    share = figures.share(again / (again + len(trials)))
    return f"{again} {were} repeated, {share}: others held the engine up, which was not busy"


def incomplete(run: Run) -> str:
    """An interrupted run is a part of one."""
    if run.complete:
        return ""
    measured = sum(1 for trial in _trials(run) if trial.load is not None)
    return f"The run did not end: {measured} trials are here, and rounds may be missing from some cells."


LIMITS: tuple[Callable[[Run], str], ...] = (
    incomplete,
    python_engine,
    portable_counters,
    portable_poller,
    missing,
    no_counters,
    not_pinned,
    unsteady,
    held_up,
)


def _trials(run: Run) -> list[Trial]:
    return [trial for cell in run.cells for trial in cell.trials]
