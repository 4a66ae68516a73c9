import json
from pathlib import Path
from typing import Any

import msgspec
import pytest

from concur.errors import UsageError
from concur.labs import exporting
from concur.labs.exporting import Exported
from concur.labs.roster import bars, read_class, summarise
from tests.labs.samples import FAILED, PASSED, PREDICTED, Progress, done, lab, now

LABS = [lab(1), lab(3)]


def exported(name: str, labs: dict[int, Any], current: int | None = 1) -> Exported:
    course: Any = type("Course", (), {"labs": LABS, "title": "A course"})
    progress: Any = Progress(labs, current)
    return exporting.export(course, progress, learner=name, exported_at="2026-01-01T10:00:00+00:00", machine={})


def begun(**changed: Any) -> Any:
    return now(**{"predictions": PREDICTED, "results": [PASSED, FAILED], "attempts": 1} | changed)


CLASS = {"a.json": exported("Second", {1: done(), 3: begun()}, 3), "b.json": exported("First", {1: begun()})}


def test_an_export_is_read_as_it_was_written() -> None:
    assert exporting.read(msgspec.json.encode(CLASS["a.json"])) == CLASS["a.json"]


def test_an_export_says_of_each_check_whether_it_passed_and_why_it_is_asked() -> None:
    first, second = CLASS["b.json"].labs[0].checks
    assert (first.passed, second.passed, second.verdict) == (True, False, "failed")
    assert (first.kind, first.points, first.rationale, first.help) == ("gate", 2, "Counted.", "Which pages?")
    assert [check.passed for check in CLASS["b.json"].labs[1].checks] == [None, None]


def test_points_are_of_the_checks_that_pass() -> None:
    assert [(lab.points, lab.points_of) for lab in CLASS["a.json"].labs] == [(3, 3), (2, 3)]


@pytest.mark.parametrize(
    ("content", "said"),
    [(b"", "no export"), (b"\xff\xfe", "no export"), (b"[]", "no export"), (b"{}", "missing required field")],
)
def test_what_is_no_export_is_refused(content: bytes, said: str) -> None:
    with pytest.raises(UsageError, match=said):
        exporting.read(content)


def test_an_export_of_a_newer_version_is_refused() -> None:
    newer = msgspec.structs.replace(CLASS["a.json"], version=2)
    with pytest.raises(UsageError, match="version 2: this concur reads up to 1"):
        exporting.read(msgspec.json.encode(newer))


def test_learners_are_sorted_by_name_with_where_they_are() -> None:
    roster = summarise(CLASS)
    assert [(one.name, one.current, one.states) for one in roster.learners] == [
        ("First", 1, {1: "started", 3: "new"}),
        ("Second", 3, {1: "passed", 3: "started"}),
    ]


def test_the_gates_that_fail_most_come_first() -> None:
    rows = [(gate.number, gate.check, gate.failing, gate.tried) for gate in summarise(CLASS).gates]
    assert rows == [(3, "second", 1, 1), (1, "second", 1, 2)]


def test_predictions_are_counted_and_compared() -> None:
    (faults, _, ends, *_) = summarise(CLASS).histograms
    assert (faults.bars, faults.close, faults.compared) == ([("100", 2)], 0, 1)
    assert (ends.bars, ends.close, ends.compared) == ([("badly", 2)], 1, 1)


def test_many_numbers_are_counted_by_powers_of_ten() -> None:
    assert bars([float(number) for number in (0, 1, 2, 3, 4, 10, 20, 30, 4000, 5000)]) == [
        ("0 or less", 1),
        ("1 to 10", 4),
        ("10 to 100", 3),
        ("1,000 to 10,000", 2),
    ]


def test_minutes_are_of_who_passed() -> None:
    first, second = summarise(CLASS).minutes
    assert (first.planned, first.finished, first.median, first.most) == (15, 1, 12.4, 12.4)
    assert (second.finished, second.median) == (0, None)


def test_a_folder_has_exports_and_learners_folders(tmp_path: Path) -> None:
    (tmp_path / "a.json").write_bytes(msgspec.json.encode(CLASS["a.json"]))
    (tmp_path / "torn.json").write_bytes(msgspec.json.encode(CLASS["b.json"])[:100])
    for name in ("someone", ".hidden"):
        (tmp_path / name / "concur-labs").mkdir(parents=True)
        (tmp_path / name / "concur-labs" / "progress.json").write_text(json.dumps({}))
    roster = read_class(tmp_path, lambda folder: exported(folder.parent.name, {1: begun()}))
    assert [one.name for one in roster.learners] == ["Second", "someone"]
    ((source, why),) = roster.unread
    assert source == "torn.json"
    assert "no export" in why


def test_a_folder_without_any_is_refused(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="has no exports"):
        read_class(tmp_path, lambda _: CLASS["a.json"])
    with pytest.raises(UsageError, match="there is no folder"):
        read_class(tmp_path / "nowhere", lambda _: CLASS["a.json"])
