"""`concur labs` for teachers and scripts: exports, a class, a session's times, a new lab."""

import json
import re
from pathlib import Path

from tests.cli.lab_verbs.builders import PREDICTED, Labs, begun


def test_an_export_has_the_stable_names(labs: Labs) -> None:
    begun(labs, PREDICTED, ("check",))
    document = json.loads(labs("export", "--json", "--name", "Someone")[1])
    assert document.keys() == {"version", "learner", "course", "exported_at", "current", "machine", "labs"}
    assert (document["learner"], document["current"]) == ("Someone", 1)
    assert {"cpu", "python", "system"} <= document["machine"].keys()
    check = document["labs"][0]["checks"][1]
    assert (check["passed"], check["kind"], check["points"]) == (False, "gate", 2)
    assert document["labs"][1]["checks"][1]["passed"] is None


def test_a_class_is_read_from_exports_and_folders(labs: Labs, place: Path) -> None:
    begun(labs, PREDICTED, ("check",))
    (place / "someone.json").write_text(labs("export", "--name", "Someone")[1])
    status, out, _ = labs("class", ".")
    assert status == 0
    assert "2 learners" in out
    assert re.search(r"1 +2 of 2 +They wait at the same time", out)
    (place / "torn.json").write_text("{")
    status, out, _ = labs("class", ".")
    assert (status, "torn.json was left out: it is no export" in out) == (1, True)


def test_a_session_is_planned_by_the_clock(labs: Labs) -> None:
    out = labs("schedule", "--minutes", "60", "--at", "9:00")[1]
    assert "09:00   5         talk   1     First one" in out
    assert "2 labs in 60 minutes: 10 talk, 20 work, 30 left over." in out


def test_a_new_lab_is_made_in_the_course(labs: Labs, tmp_path: Path) -> None:
    status, out, _ = labs("new", "third-one")
    assert (status, "03-third-one" in out) == (0, True)
    assert (tmp_path / "course" / "03-third-one" / "lab.toml").is_file()
