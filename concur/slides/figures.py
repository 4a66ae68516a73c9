"""The figures of the talk: what each is of (`slides/figures/figures.toml`), drawn from the newest results.

A figure is an SVG whose <desc> says from which run it is. What must not live here:
a plot of its own where the report has one; measuring, which is the commands'.
"""

import re
from collections.abc import Sequence
from datetime import datetime
from pathlib import Path
from typing import Any, Literal, NamedTuple
from xml.sax.saxutils import escape

import msgspec

from concur.errors import ConcurError, MachineError, UsageError, unknown
from concur.slides import results

FILE = "figures.toml"
FIRST_TAG = re.compile(r"<svg\b[^>]*>", re.DOTALL)

BUSY = ("Other work uses", "Tasks waited for a CPU")  # how `concur.bench.disturbances` begins its warnings
METADATA = re.compile(r"\s*<metadata>.*?</metadata>", re.DOTALL)


class Figure(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One of figures.toml. command is what measures it; lab, unit and rows are for evidence of a lab."""

    title: str
    of: Literal["gil", "bench", "crawl", "primitives", "lab"]
    command: str
    plot: str = ""
    lab: int = 0
    unit: Literal["time", "bytes"] = "time"
    rows: dict[str, str] = {}


class Drawn(NamedTuple):
    """A figure that was drawn, with its run in words; or why it was not, and the command that would help."""

    name: str
    run: str = ""
    why: str = ""
    command: str = ""


def catalogue(folder: Path) -> dict[str, Figure]:
    """All figures by name. Raises UsageError where figures.toml is not understood."""
    path = folder / "figures" / FILE
    try:
        return msgspec.convert(msgspec.toml.decode(path.read_text("utf-8")), dict[str, Figure])
    except OSError as error:
        why = error.strerror or str(error)
        raise UsageError(f"{path} cannot be read", why=why, do="It names the figures.") from None
    except (UnicodeDecodeError, msgspec.MsgspecError) as error:
        raise UsageError(f"{path} is not understood", why=str(error), do="Mend it.") from None


def chosen(known: dict[str, Figure], names: Sequence[str]) -> dict[str, Figure]:
    """Those of these names; all of none. Raises UsageError for a name that no figure has."""
    for name in names:
        if name not in known:
            raise unknown("figure", name, known)
    return {name: known[name] for name in names or known}


def draw(name: str, figure: Figure, source: Path, output: Path) -> Drawn:
    """Draw one from the newest results in source that have it. Raises MachineError where output cannot be written."""
    try:
        svg, run = results.newest(name, figure, source)
    except ConcurError as error:
        return Drawn(name, why=str(error), command=figure.command)
    said = told(run)
    try:
        output.mkdir(parents=True, exist_ok=True)
        (output / f"{name}.svg").write_text(_described(svg, said), encoding="utf-8")
    except OSError as error:
        why = error.strerror or str(error)
        raise MachineError(f"{output} cannot be written", why=why, do="Name another folder: -o DIR.") from None
    return Drawn(name, run=said)


def told(run: Any) -> str:
    """From which run, in words: its id, when, on what, and whether other work ran beside it."""
    machine, when = run.machine, datetime.fromisoformat(run.started_at)
    cpus = f"{machine['cpus']} CPUs" if machine.get("cpus") else ""
    parts = [f"run {run.id}", f"{when:%Y-%m-%d}", str(machine.get("cpu", "")), cpus, str(machine.get("system", ""))]
    noted = [*getattr(run, "warnings", ()), *getattr(run, "notes", ())]
    beside = "beside other work" if any(one.startswith(BUSY) for one in noted) else ""
    return ", ".join(filter(None, [*parts, beside]))


def _described(svg: str, run: str) -> str:
    """With its run within, and without what its maker says of itself."""
    svg = METADATA.sub("", svg[svg.index("<svg") :])
    return FIRST_TAG.sub(lambda match: f"{match[0]}<desc>{escape(run)}</desc>", svg, count=1).strip() + "\n"
