"""The newest results that a figure can be drawn from, and its picture, which the report's own plots make."""

import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

import msgspec

from concur.errors import ConcurError, UsageError
from concur.slides import evidence

if TYPE_CHECKING:
    from concur.slides.figures import Figure

# Of a page whose ground and ink are its own: text stays text, and no ground is drawn.
STYLE: dict[Any, Any] = {
    "svg.fonttype": "none",
    "svg.hashsalt": "concur",
    "figure.facecolor": "none",
    "savefig.facecolor": "none",
    "axes.facecolor": "none",
}
BROADER, LOWER = 1.05, 0.83  # a picture that is a whole slide elsewhere, under a slide's title: larger type, less room


class Kind(NamedTuple):
    """Results of one command: how their files are called and read, which of them have the figure, how it is drawn."""

    files: str
    load: Callable[[Path], Any]
    fits: Callable[["Figure", Any], bool]
    save: Callable[[str, "Figure", Any, Path], None]


def newest(name: str, figure: "Figure", folder: Path) -> tuple[str, Any]:
    """The picture as SVG, and the run that it is of. Raises UsageError where no result has it."""
    kind = KINDS[figure.of]
    pattern = kind.files.format(lab=figure.lab)
    why = f"there are no results {folder / pattern}"
    for path in sorted(folder.glob(pattern), key=lambda one: one.stat().st_mtime_ns, reverse=True):
        try:
            run = kind.load(path)
            if kind.fits(figure, run):
                return _drawn(kind, name, figure, run), run
            why = f"none of {folder / pattern} has it"
        except ConcurError as error:
            why = f"{path.name}: {error.what}"
    raise UsageError(f"{name} was not measured here", why=why)


def _drawn(kind: Kind, name: str, figure: "Figure", run: Any) -> str:
    import matplotlib as mpl

    mpl.use("Agg")
    with tempfile.TemporaryDirectory(prefix="concur-slides-") as scratch, mpl.rc_context(STYLE):
        path = Path(scratch) / f"{name}.svg"
        kind.save(name, figure, run, path)
        return path.read_text(encoding="utf-8")


def _always(figure: "Figure", run: Any) -> bool:
    return True


# What the GIL does


def _load_gil(path: Path) -> Any:
    from concur.gil.results import load

    return load(path)


def _fits_gil(figure: "Figure", report: Any) -> bool:
    rows = getattr(report, figure.plot.partition("-")[0], None)
    return bool(rows) if rows is not None else True


def _save_gil(name: str, figure: "Figure", report: Any, path: Path) -> None:
    import matplotlib as mpl

    from concur.report.gil import looks, plots

    with mpl.rc_context(looks.STYLE | STYLE):
        drawn = plots.PLOTS[figure.plot](report)
        if drawn is None:
            raise UsageError(f"it has no {figure.plot}")
        width, height = drawn.get_size_inches()
        drawn.set_size_inches(width * BROADER, height * LOWER)
        drawn.savefig(path, metadata={"Date": None})


# Servers, crawlers, primitives


def _load_run(path: Path) -> Any:
    from concur.bench.results import load

    return load(path)


def _fits_run(figure: "Figure", run: Any) -> bool:
    return kind_of(run) == figure.plot


def kind_of(run: Any) -> str:
    """What the picture of a run is of."""
    from concur.report.matrix import is_matrix
    from concur.report.sweeps import is_sweep

    for name in ("memory", "scaling"):
        if getattr(run, name, None):
            return name
    return "sweep" if is_sweep(run) else "matrix" if is_matrix(run) else "capacity"


def _save_run(name: str, figure: "Figure", run: Any, path: Path) -> None:
    from concur.report import plot

    plot.save(run, path)


def _load_crawl(path: Path) -> Any:
    from concur.bench.crawls.results import load

    return load(path)


def _save_crawl(name: str, figure: "Figure", run: Any, path: Path) -> None:
    from concur.report import crawls_plot

    crawls_plot.save(run, path)


def _load_primitives(path: Path) -> Any:
    from concur.bench.primitives import Primitives

    try:
        return msgspec.json.decode(path.read_bytes(), type=Primitives)
    except (OSError, msgspec.MsgspecError) as error:
        raise UsageError(f"{path} is no result of `concur bench --primitives`", why=str(error)) from None


def _save_primitives(name: str, figure: "Figure", found: Any, path: Path) -> None:
    from concur.report import primitives_plot

    primitives_plot.save(found, path)


# Evidence of labs


def _fits_lab(figure: "Figure", found: Any) -> bool:
    return any(isinstance(found.values.get(key), int | float) for key in figure.rows)


def _save_lab(name: str, figure: "Figure", found: Any, path: Path) -> None:
    from concur.slides import bars

    bars.save(figure, found, path)


KINDS = {
    "gil": Kind("gil-*.json", _load_gil, _fits_gil, _save_gil),
    "bench": Kind("[0-9]*.json", _load_run, _fits_run, _save_run),
    "crawl": Kind("crawl-*.json", _load_crawl, _always, _save_crawl),
    "primitives": Kind("primitives-*.json", _load_primitives, _always, _save_primitives),
    "lab": Kind("lab-{lab:02}-*.json", evidence.load, _fits_lab, _save_lab),
}
