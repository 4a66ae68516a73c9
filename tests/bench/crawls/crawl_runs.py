"""Builders of crawls as a run leaves them; figures are of the size that two cores show. No test."""

from collections.abc import Sequence
from typing import Any

import msgspec

from concur.bench.counters import Counters
from concur.bench.crawls import comparing, scenarios, verdicts
from concur.bench.crawls.results import Ceiling, Cell, Run, Trial

SECOND_NS = 10**9
OBSERVED = {"implementation": "CPython", "version": "3.11.7", "jit": False}


def trial(number: int, rate_per_s: float, **changed: Any) -> Trial:
    """A crawl of one second; cpu_ns is what a page cost."""
    pages = round(rate_per_s)
    busy = changed.pop("busy", 0.99)
    cpu_ns = round(busy * SECOND_NS)
    figures: dict[str, Any] = {
        "round": number, "started_at": "", "verdict": "ok", "pages": pages, "requests": pages + 1,
        "took_ns": SECOND_NS, "most_in_flight": 20, "web_in_flight": 20, "memory_bytes": 20 << 20,
        "counters": Counters(at_ns=SECOND_NS, user_ns=cpu_ns - cpu_ns // 4, system_ns=cpu_ns // 4,
                             voluntary_switches=pages, involuntary_switches=0, run_delay_ns=0),
        "counter_source": "proc", "busy": busy, "web_busy": 0.3, "ready": OBSERVED, "end": {"event": "done"},
    }  # fmt: skip
    return Trial(**(figures | changed))


def cell(
    model: str = "threads",
    rates: Sequence[float] = (1000.0, 1010.0, 990.0),
    scenario: str = "near",
    interpreter: str = "3.11",
    *,
    of_trials: dict[str, Any] | None = None,
    **changed: Any,
) -> Cell:
    """A cell that was measured; without rates, one that is absent with its reason."""
    named: dict[str, Any] = {"label": model, "in_flight": 20, "pages": 2000}
    made = Cell(model=model, interpreter=interpreter, scenario=scenario, **(named | changed))
    made.trials = [trial(number, rate, **(of_trials or {})) for number, rate in enumerate(rates, 1)]
    verdicts.summarise(made)
    return made


def run(cells: Sequence[Cell], **changed: Any) -> Run:
    """A run of these cells, compared with threads, where they are no variants of a sweep."""
    shown: dict[str, Any] = {
        "concur": "0", "id": "crawl-1", "started_at": "", "command": ["concur", "bench", "--service", "crawl"],
        "plan": {"scenarios": []}, "machine": {"cpu": "a CPU"}, "parser": "html.parser", "complete": True,
        "ceilings": [Ceiling(links=20, page_bytes=10240, pages_per_s=8000, server_busy=0.9, client_busy=0.4)],
    }  # fmt: skip
    made = Run(**(shown | changed), cells=list(cells))
    variants = {one["name"] for one in made.plan["scenarios"] if one["variant_of"]}
    made.comparisons = comparing.compare([one for one in cells if one.scenario not in variants], "threads")
    return made


def swept(rates: dict[str, dict[int, float]], **of_trials: Any) -> Run:
    """A sweep of `far`: of each label the rates by number in flight; what is not there is absent."""
    counts = sorted({count for points in rates.values() for count in points})
    variants = scenarios.chosen(["far"], in_flight=counts)
    cells = [
        _point(label, points.get(one.in_flight), one, of_trials) for one in variants for label, points in rates.items()
    ]
    return run(cells, plan={"scenarios": msgspec.to_builtins(variants)})


def _point(label: str, rate_per_s: float | None, one: scenarios.Scenario, of_trials: dict[str, Any]) -> Cell:
    model, _, interpreter = label.partition("@")
    ideal_per_s = one.in_flight / 0.05
    busy = 0.3 if rate_per_s and rate_per_s > 0.9 * ideal_per_s else 0.99
    return cell(
        model,
        [] if rate_per_s is None else [rate_per_s],
        one.name,
        interpreter or "3.11",
        of_trials={"busy": busy} | of_trials,
        in_flight=one.in_flight,
        pages=one.pages,
        ideal_per_s=ideal_per_s,
        reason="" if rate_per_s else "at most 1 in flight: it asks for one page at a time",
    )
