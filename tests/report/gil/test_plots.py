"""Pictures that the back row can read: large type, nothing on top of anything, all of it inside."""

from collections.abc import Iterator
from itertools import combinations
from pathlib import Path
from typing import TYPE_CHECKING

import matplotlib as mpl
import numpy as np
import pytest
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.image import imread
from matplotlib.patches import Rectangle
from matplotlib.text import Text
from msgspec import structs

from concur.bench.results import Estimate
from concur.errors import MachineError
from concur.gil.results import EXPERIMENTS, Report, Tax, Throughput
from concur.report.gil import plot_convoy, plot_release, plot_tax, plot_throughput
from concur.report.gil.looks import DPI, FONT_POINTS, STYLE, WIDTH_INCHES, interpreter
from concur.report.gil.plots import PLOTS, draw, save
from tests.report.gil.crowded import crowded
from tests.report.gil.reports import ALL, report

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

TOUCHING_PIXELS = 2.0  # of two texts' boxes, which are larger than their letters


@pytest.fixture(autouse=True)
def _style() -> Iterator[None]:
    with mpl.rc_context(STYLE):
        yield


def drawn(name: str, one: Report) -> "Figure":
    figure = PLOTS[name](one)
    assert figure is not None
    FigureCanvasAgg(figure).draw()
    return figure


def shown(figure: "Figure") -> list[Text]:
    """Texts that can be seen; ticks beyond an axis' limits cannot."""
    beyond = {id(label) for axes in figure.axes for label in _beyond(axes)}
    found = [text for text in figure.findobj(Text) if isinstance(text, Text)]
    return [text for text in found if text.get_text().strip() and text.get_visible() and id(text) not in beyond]


def _beyond(axes: "Axes") -> list[Text]:
    (left, right), (bottom, top) = sorted(axes.get_xlim()), sorted(axes.get_ylim())
    xs = [label for label in axes.get_xticklabels() if not left <= label.get_position()[0] <= right]
    return xs + [label for label in axes.get_yticklabels() if not bottom <= label.get_position()[1] <= top]


def overlapping(texts: list[Text]) -> list[tuple[str, str]]:
    boxes = [(text, text.get_window_extent().padded(-TOUCHING_PIXELS / 2)) for text in texts if not text.get_rotation()]
    pairs = combinations(boxes, 2)
    return [(one.get_text(), other.get_text()) for (one, first), (other, second) in pairs if first.overlaps(second)]


@pytest.mark.parametrize("one", [crowded(), report(), report(("3.11", "3.13t"))], ids=["crowded", "nine", "two"])
@pytest.mark.parametrize("name", PLOTS)
def test_it_is_legible(name: str, one: Report):
    figure = drawn(name, one)
    texts = shown(figure)
    assert len(texts) > 5
    assert min(float(text.get_fontsize()) for text in texts) >= FONT_POINTS
    assert overlapping(texts) == []
    width, height = figure.bbox.size
    outside = [text.get_text() for text in texts if not _is_inside(text, width, height)]
    assert outside == []


def _is_inside(text: Text, width: float, height: float) -> bool:
    box = text.get_window_extent()
    return bool(box.x0 >= -1 and box.y0 >= -1 and box.x1 <= width + 1 and box.y1 <= height + 1)


def test_all_interpreters_are_named_where_all_were_measured():
    for name in ("throughput", "latency", "bandwidth", "convoy", "convoy-fall", "offload", "sharing"):
        texts = {text.get_text() for text in shown(drawn(name, crowded()))}
        assert set(ALL) <= texts, name


def only(**rows: object) -> Report:
    """A report of these experiments alone."""
    return structs.replace(report(), **{name: [] for name in EXPERIMENTS} | rows)


def test_what_found_nothing_is_not_drawn():
    assert draw(only()) == {}
    assert set(draw(only(tax=report().tax))) == {"tax"}


def test_rows_that_could_not_be_measured_are_not_drawn():
    absent = [Throughput(interpreter=short, kind="python", workers=2, topology="threads", absent="no") for short in ALL]
    assert (
        draw(
            only(
                throughput=absent,
                tax=[Tax(interpreter="3.13t", against="", what="", version="", workload="all", absent="no twin")],
            )
        )
        == {}
    )


def test_one_round_has_no_intervals_and_is_drawn():
    alone = structs.replace(report().tax[0], ratio=Estimate(1.1))
    assert set(draw(only(tax=[alone]))) == {"tax"}


def test_a_rate_of_nothing_does_not_stop_the_others():
    still = structs.replace(report().convoy[0], rate_per_s=Estimate(0.0, (0.0, 0.0)))
    assert "convoy" in draw(only(convoy=[still, *report().convoy[1:]]))


def test_bars_are_as_long_as_the_speed_up_and_in_the_interpreters_colour():
    figure = plot_throughput.draw(report())
    assert figure is not None
    bars = [patch for patch in figure.axes[0].patches if isinstance(patch, Rectangle)]
    bar = bars[ALL.index("3.13t")]
    assert bar.get_width() == 1.94
    assert mpl.colors.to_hex(bar.get_facecolor()) == interpreter("3.13t").colour.lower()


def test_points_that_the_formula_misses_are_hollow():
    figure = plot_convoy.draw(report(("3.11",)))
    assert figure is not None
    of_one, of_eight = (
        {
            float(np.ravel(line.get_xdata())[0]): line.get_markerfacecolor()
            for line in axes.lines
            if line.get_marker() == interpreter("3.11").marker
        }
        for axes in figure.axes[:2]
    )
    assert of_one[5e6] == of_one[5e5] == interpreter("3.11").colour
    assert set(of_eight.values()) == {"white"} == {of_one[1e3]}


def test_the_share_of_lost_datagrams_is_told():
    none_lost = [structs.replace(row, lost=0) for row in report().bandwidth]
    assert "0.01 % of datagrams lost" in _told("bandwidth", report())
    assert "no datagram lost" in _told("bandwidth", only(bandwidth=none_lost))


def _told(name: str, one: Report) -> str:
    """The line below the title."""
    figure = PLOTS[name](one)
    assert figure is not None
    return figure.texts[1].get_text()


def test_operations_stand_in_two_columns_and_no_group_is_divided():
    rows = crowded().release
    left, right = plot_release.columns(rows)
    groups = {row.operation: row.group for row in rows}
    assert [{groups[name] for name in names} for names in [*left, *right]] == [
        {group} for group in dict.fromkeys(groups.values())
    ]
    assert sum(map(len, left)) + sum(map(len, right)) == len(groups)
    assert len(plot_release.columns(report().release)) == 1


@pytest.mark.parametrize(
    ("low", "high", "named"),
    [(0.8, 1.6, [0.8, 1, 1.5]), (0.04, 1.2, [0.05, 1]), (0.95, 1.06, [1]), (0.9, 40, [1, 20])],
)
def test_levels_that_are_named_are_apart(low: float, high: float, named: list[float]):
    assert plot_tax.levels(low, high) == named


def test_each_picture_is_a_png_as_wide_as_a_slide_and_an_svg(tmp_path: Path):
    paths = save(only(release=report().release, tax=report().tax), tmp_path / "new" / "plots")
    assert [path.name for path in paths] == ["release.png", "release.svg", "tax.png", "tax.svg"]
    assert imread(paths[0]).shape[:2] == (720, round(WIDTH_INCHES * DPI))
    assert "<svg" in paths[1].read_text()[:500]


def test_a_folder_that_cannot_be_is_one_line(tmp_path: Path):
    taken = tmp_path / "file"
    taken.write_text("")
    with pytest.raises(MachineError, match="cannot be written"):
        save(only(tax=report().tax), taken / "plots")
