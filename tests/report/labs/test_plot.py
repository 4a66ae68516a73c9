from pathlib import Path
from typing import Any

import pytest

from concur.errors import MachineError
from concur.labs.lab import Plot
from concur.report.labs.plot import draw, save
from tests.labs.samples import PREDICTED, VALUES, lab

LINES = Plot(kind="lines", series=["one", "two"], x="threads", y="ms", log=True)
SERIES = {"one": [[1, 10.0], [2, 0.0]], "two": [[1, 5.0]]}


def test_it_is_saved_as_svg_and_png(tmp_path: Path) -> None:
    paths = save(lab(), PREDICTED, VALUES, tmp_path / "evidence")
    assert [path.name for path in paths] == ["evidence.svg", "evidence.png"]
    assert all(path.stat().st_size > 1000 for path in paths)


def test_a_prediction_stands_on_its_bar() -> None:
    one = lab()
    assert one.plot
    (axes,) = draw(one, one.plot, PREDICTED, VALUES).axes
    diamond: Any = axes.lines[0]
    assert diamond.get_xydata().tolist() == [[100.0, 0.0]]


def test_lines_with_a_zero_are_not_drawn_on_a_logarithmic_scale() -> None:
    (axes,) = draw(lab(plot=LINES), LINES, {}, SERIES).axes
    assert axes.get_yscale() == "linear"
    assert len(axes.lines) == 2


def test_nothing_measured_is_nothing_drawn(tmp_path: Path) -> None:
    assert save(lab(), PREDICTED, {}, tmp_path / "evidence") == []
    assert save(lab(plot=None), PREDICTED, VALUES, tmp_path / "evidence") == []


def test_where_it_cannot_be_written_it_is_said(tmp_path: Path) -> None:
    with pytest.raises(MachineError, match="cannot be written: No such file"):
        save(lab(), PREDICTED, VALUES, tmp_path / "nowhere" / "evidence")
