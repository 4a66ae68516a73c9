from pathlib import Path

import pytest

from concur.bench.primitives import Column, Primitive, Primitives
from concur.errors import MachineError, UsageError
from concur.report.primitives import GROUPS, Board
from concur.report.primitives_plot import draw, save


def found(*interpreters: str) -> Primitives:
    some = [
        Primitive(
            name=f"{group} {n}", group=group, median_ns=10.0**n, quartiles_ns=(9.0**n, 11.0**n), rounds=5, steps=1
        )
        for group in GROUPS
        for n in (1, 2, 4)
    ]
    some.append(Primitive(name="greenlet", group="spawn", verdict="absent", reason="needs greenlet"))
    columns = [Column(interpreter=name, primitives=some) for name in interpreters]
    return Primitives(concur="", id="", started_at="", command=[], machine={}, columns=columns)


def test_every_primitive_has_a_row_in_one_of_two_panels() -> None:
    figure = draw(Board(found("3.11", "pypy3.11")))
    labels = [text.get_text() for axes in figure.axes for text in axes.get_yticklabels()]
    assert sorted(labels) == sorted([*GROUPS, *(f"{group} {n}" for group in GROUPS for n in (1, 2, 4)), "greenlet"])
    rows = [len(axes.get_yticklabels()) for axes in figure.axes]
    assert abs(rows[0] - rows[1]) <= 4


def test_the_scale_is_logarithmic_and_the_same_for_both() -> None:
    left, right = draw(Board(found("3.11"))).axes
    assert left.get_xscale() == "log"
    assert left.get_xlim() == right.get_xlim()


def test_each_interpreter_is_named_once() -> None:
    figure = draw(Board(found("3.11", "3.13t")))
    assert [text.get_text() for text in figure.legends[0].get_texts()] == ["3.11", "3.13t"]


@pytest.mark.parametrize("ending", ["svg", "png"])
def test_a_picture_is_written_as_its_ending_says(tmp_path: Path, ending: str) -> None:
    path = tmp_path / f"primitives.{ending}"
    save(found("3.11"), path)
    assert path.stat().st_size > 10_000


def test_what_cannot_be_drawn_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="no picture"):
        save(found("3.11"), tmp_path / "primitives.txt")
    with pytest.raises(UsageError, match="nothing to draw"):
        save(found(), tmp_path / "primitives.svg")
    with pytest.raises(MachineError, match="cannot be written"):
        save(found("3.11"), tmp_path / "nowhere" / "primitives.svg")
