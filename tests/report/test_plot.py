"""The picture of a run: what it shows, and what it refuses."""

import pytest

from concur import catalog
from concur.errors import MachineError, UsageError
from concur.report.plot import colour, draw, look, save


def test_a_picture_shows_every_cell_best_first(make):
    shown = [make["cell"]("callbacks", 200_000.0), make["cell"]("threads", 100_000.0)]
    figure = draw(make["run"](shown), shown)
    left, right = figure.axes
    assert [label.get_text() for label in left.get_yticklabels()] == ["callbacks", "threads"]
    longer, shorter = (bar.get_extents().width for bar in left.patches)
    assert longer > shorter
    assert len(right.patches) == 4


@pytest.mark.parametrize("ending", [".svg", ".png", ".pdf"])
def test_it_is_written_as_its_ending_says(tmp_path, make, ending):
    path = tmp_path / f"picture{ending}"
    save(make["run"]([make["cell"]("threads", 100_000.0)]), path)
    assert path.stat().st_size > 1000


@pytest.mark.parametrize("name", [r"threads X=$\nothing$", "服务器", "x" * 300])
def test_a_name_is_drawn_as_it_is(tmp_path, make, name):
    path = tmp_path / "picture.svg"
    save(make["run"]([make["cell"]("threads", 100_000.0, label=name)]), path)
    assert path.stat().st_size > 1000


def test_another_ending_is_refused(tmp_path, make):
    with pytest.raises(UsageError, match="is no picture"):
        save(make["run"]([make["cell"]("threads", 1.0)]), tmp_path / "picture.gif")


def test_a_run_without_figures_is_refused(tmp_path, make):
    with pytest.raises(UsageError, match="nothing to draw"):
        save(make["run"]([]), tmp_path / "picture.svg")


def test_a_folder_that_is_not_there_is_told(tmp_path, make):
    with pytest.raises(MachineError, match="cannot be written"):
        save(make["run"]([make["cell"]("threads", 1.0)]), tmp_path / "nowhere" / "picture.svg")


def test_each_default_model_has_a_colour_of_its_own():
    ids = [row.id for row in catalog.MODELS if row.default]
    assert len({colour(model) for model in ids}) == len(ids)
    assert colour("my_server") not in {colour(model) for model in ids}


def test_no_two_models_look_alike():
    looks = {look(row.id) for row in catalog.MODELS}
    assert len(looks) == len(catalog.MODELS)
    assert len({(one.colour, one.marker) for one in looks}) == len(catalog.MODELS)
