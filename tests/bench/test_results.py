"""A results file that cannot be read says why, and what to do."""

import msgspec
import pytest

from concur.bench.results import SCHEMA, Cell, Run, load
from concur.errors import UsageError


def run_of(*cells: Cell) -> Run:
    named = {"concur": "0.4.0", "id": "a", "started_at": "", "command": ["concur"], "plan": {}, "machine": {}}
    return Run(**named, cells=list(cells))  # type: ignore[arg-type]


def cell(reason: str = "") -> Cell:
    return Cell(model="x", topology="1", interpreter="3.11", scenario="small", label="x", reason=reason)


def message(path, content: bytes) -> str:
    path.write_bytes(content)
    with pytest.raises(UsageError) as caught:
        load(path)
    return str(caught.value)


def test_a_run_of_an_older_concur_is_to_be_measured_again(tmp_path):
    said = message(tmp_path / "run.json", b'{"schema":1,"concur":"0.3.0","cells":[]}')
    assert "made by an older concur (0.3.0)" in said
    assert "Measure again, or show it with the version that made it." in said


def test_a_run_of_a_newer_concur_asks_for_an_upgrade(tmp_path):
    said = message(tmp_path / "run.json", b'{"schema":%d,"concur":"9.1"}' % (SCHEMA + 1))
    assert "made by a newer concur (9.1)" in said
    assert "Upgrade concur." in said


@pytest.mark.parametrize("kept", [0.2, 0.5, 0.99])
def test_a_file_that_was_cut_short_is_no_whole_run(tmp_path, kept):
    whole = msgspec.json.encode(run_of(cell("no wheel")))
    assert "is not a whole run" in message(tmp_path / "run.json", whole[: int(kept * len(whole))])


@pytest.mark.parametrize("content", [b"", b"[]", b"{}", b'{"schema":"2"}', b"\xff\xfe"])
def test_what_is_no_result_is_told(tmp_path, content):
    assert "is not a whole run" in message(tmp_path / "run.json", content)


def test_a_run_that_ended_before_its_first_trial_says_nothing(tmp_path):
    said = message(tmp_path / "run.json", msgspec.json.encode(run_of(cell())))
    assert "holds no trial" in said


def test_a_run_of_absent_cells_has_their_reasons(tmp_path):
    path = tmp_path / "run.json"
    path.write_bytes(msgspec.json.encode(run_of(cell("no wheel"))))
    assert load(path).cells[0].reason == "no wheel"


def test_a_file_that_is_not_there_is_told(tmp_path):
    with pytest.raises(UsageError, match="cannot read the run"):
        load(tmp_path / "none.json")
