"""Why two targets differ in a place of a sweep, or do not: rules over the counters of the two. Pure.

What must not live here: which places are told together, which is `sweep_words.py`'s.
"""

from collections.abc import Callable
from typing import NamedTuple

from concur.bench.results import Cell
from concur.report import cells, figures
from concur.report.sweeps import Curve, Point

EVEN = 1.2  # a ratio within this factor of 1, interval and all, is no difference to explain
FAULTS_APART = 0.5  # a request
KERNEL_SHARE = 0.6  # of both servers' CPU time, from which on a faster loop has little left to save
QUEUED_SHARE = 0.2  # of its time that a thread was ready to run and had no CPU: others use it


class Reason(NamedTuple):
    """Whether it fits a point; how it is told of many pairs, and of one pair with the figures of its points."""

    fits: Callable[[Point], bool]
    short: str
    in_full: Callable[[list[Point], Curve], str]


def reason(point: Point) -> Reason | None:
    """The first that fits: of those that explain a difference, or where there is hardly one, what keeps both alike."""
    low, high = point.bounds
    order = SAMENESS if low > 1 / EVEN and high < EVEN else DIFFERENCE
    return next((one for one in order if one.fits(point)), None)


def spread(values: list[float], wording: Callable[[float], str]) -> str:
    """`2.1–5.8`, `14–33 %`, or the one figure that all have in common."""
    low, high = wording(min(values)), wording(max(values))
    return low if low == high else f"{low.removesuffix(' %')}–{high}"


def _has_faults(point: Point) -> bool:
    """Whether the slower one takes them."""
    more = _faults(point.under) - _faults(point.over)
    return (more if point.is_gain else -more) >= FAULTS_APART


def _told_faults(points: list[Point], curve: Curve) -> str:
    return f"where {_each(points, curve, _faults, figures.per_request, 'page faults a request')}"


def _is_queued(point: Point) -> bool:
    return min(_queued_share(point.over), _queued_share(point.under)) >= QUEUED_SHARE


def _told_queued(points: list[Point], _curve: Curve) -> str:
    shares = [_queued_share(cell) for side in _sides(points) for cell in side]
    return f"where both stood in the run queue for {spread(shares, figures.share)} of the time: others use their CPU"


def _waits(point: Point) -> bool:
    """Neither is at its capacity, so that the ratio is not that of the two servers."""
    return all(cell.server_busy is not None and _busy(cell) < cells.SERVER_BOUND for cell in (point.over, point.under))


def _told_waits(points: list[Point], curve: Curve) -> str:
    shares = (spread([_busy(cell) for cell in side], figures.share) for side in _sides(points))
    told = ", ".join(f"{name} busy {share}" for name, share in zip(_names(curve), shares, strict=True))
    return f"where both wait for the next message ({told})"


def _is_the_kernels(point: Point) -> bool:
    return min(_kernel_share(point.over), _kernel_share(point.under)) >= KERNEL_SHARE


def _told_kernel(points: list[Point], _curve: Curve) -> str:
    shares = [_kernel_share(cell) for side in _sides(points) for cell in side]
    return f"where {spread(shares, figures.share)} of the CPU time of both is the kernel's"


def _is_most_of(part: str) -> Callable[[Point], bool]:
    """Whether the slower one spends more CPU time a request, and at least half of that in this part."""

    def fits(point: Point) -> bool:
        more, total = (_cpu(point.under, name) - _cpu(point.over, name) for name in (part, "total"))
        return total != 0 and (total > 0) == point.is_gain and more / total >= 0.5

    return fits


def _told_cpu(part: str, what: str) -> Callable[[list[Point], Curve], str]:
    def told(points: list[Point], curve: Curve) -> str:
        return f"where {_each(points, curve, lambda cell: _cpu(cell, part), figures.microseconds, what)}"

    return told


FAULTS = Reason(_has_faults, "for page faults that one takes and the other does not", _told_faults)
QUEUED = Reason(_is_queued, "where others use their CPU", _told_queued)
WAITS = Reason(_waits, "since neither is busy", _told_waits)
KERNEL = Reason(_is_the_kernels, "since most of the CPU time of both is the kernel's", _told_kernel)
USER = Reason(_is_most_of("user"), "for user time", _told_cpu("user", "µs of user time a request"))
SYSTEM = Reason(_is_most_of("system"), "for time in the kernel", _told_cpu("system", "µs in the kernel a request"))

DIFFERENCE, SAMENESS = (FAULTS, QUEUED, WAITS, USER, SYSTEM), (QUEUED, WAITS, KERNEL)


# Figures of the two


def _each(
    points: list[Point], curve: Curve, value: Callable[[Cell], float], wording: Callable[[float], str], what: str
) -> str:
    """`B takes 2.0 page faults a request, and A 0`."""
    of_under, of_over = (spread([value(cell) for cell in side], wording) for side in _sides(points))
    under, over = _names(curve)
    return f"{under} takes {of_under} {what}, and {over} {of_over}"


def _names(curve: Curve) -> tuple[str, str]:
    """The second of the pair, then the first, without what need not be repeated."""
    under, over = curve.under.split()[0], curve.over.split()[0]
    return (under, over) if under != over else (curve.under, curve.over)


def _sides(points: list[Point]) -> tuple[list[Cell], list[Cell]]:
    """The second of each pair, which the first is held against; then the first."""
    return [point.under for point in points], [point.over for point in points]


def _busy(cell: Cell) -> float:
    return cell.server_busy or 0.0


def _queued_share(cell: Cell) -> float:
    """Of all threads together, so that many that stand in each other's way come to more than 1."""
    return cell.counters.get("run_delay_ns", 0.0) * cells.rate(cell) / 1e9


def _faults(cell: Cell) -> float:
    return cell.counters.get("minor_faults", 0.0)


def _cpu(cell: Cell, part: str) -> float:
    cpu = cell.server_cpu_ns_per_request
    return float(getattr(cpu, part).median) if cpu else 0.0


def _kernel_share(cell: Cell) -> float:
    total = _cpu(cell, "total")
    return _cpu(cell, "system") / total if total else 0.0
