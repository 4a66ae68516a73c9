"""Which files a page is made of, and what is said of those that cannot be used."""

import msgspec
import pytest
from msgspec import structs

from concur.bench.machine import describe
from concur.bench.saving import write
from concur.errors import UsageError
from concur.report.page.sources import beside, find, from_elsewhere, read
from tests.report.gil.reports import report

MACHINE = {"cpu": "a CPU", "cpus": 2, "architecture": "x86_64", "system": "Linux"}


@pytest.fixture
def folder(tmp_path):
    made = tmp_path / ".concur" / "results"
    made.mkdir(parents=True)
    return made


@pytest.fixture
def stored(folder, full):
    """A run on disk."""
    path = folder / "20260101-000000-1.json"
    write(path, full(["threads", "callbacks"], machine=MACHINE))
    return path


def test_without_a_name_it_is_the_newest_run_and_no_other_kind(folder, stored):
    later = folder / "20260102-000000-1.json"
    write(later, read(stored).results.run)
    write(folder / "gil-20270101-000000-1.json", report())
    assert find("", folder) == later


def test_a_run_of_memory_alone_is_the_newest_where_there_is_no_other(folder, full):
    path = folder / "memory-20260101-000000-1.json"
    write(path, full(["threads"], machine=MACHINE))
    assert find("", folder) == path


def test_a_run_is_named_by_its_path_or_its_id(folder, stored):
    assert find(str(stored), folder) == find("20260101-000000-1", folder) == stored


def test_a_run_that_is_not_there_names_those_that_are(folder, stored):
    with pytest.raises(UsageError, match="there is no run nothing.*20260101-000000-1"):
        find("nothing", folder)


def test_where_nothing_was_measured_it_says_how(folder):
    with pytest.raises(UsageError, match="Measure first: `concur bench`"):
        find("", folder)


def test_what_the_gil_does_is_taken_from_the_newest_beside_it(folder, stored):
    for day, machine in ((1, "an old CPU"), (2, "a CPU")):
        write(folder / f"gil-2026010{day}-000000-1.json", structs.replace(report(), machine={"cpu": machine}))
    source = read(stored)
    assert source.results.gil
    assert source.results.gil.machine == {"cpu": "a CPU"}
    assert source.notes == []


def test_another_machines_is_left_out_with_the_reason(folder, stored):
    write(folder / "gil-20260101-000000-1.json", structs.replace(report(), machine={"cpu": "another"}))
    source = read(stored)
    assert source.results.gil is None
    assert source.notes == [
        "gil-20260101-000000-1.json is left out, as it is of another machine: cpu another, the run has a CPU"
    ]


@pytest.mark.parametrize("content", [b"", b"{", b"[]", b'{"schema": 0}', b"\xff"])
def test_a_broken_neighbour_is_left_out_with_the_reason(folder, stored, content):
    (folder / "crawl-20260101-000000-1.json").write_bytes(content)
    source = read(stored)
    assert source.results.crawl is None
    assert "crawl-20260101-000000-1.json is left out: " in source.notes[0]


def test_a_run_cut_short_says_so(stored):
    stored.write_bytes(stored.read_bytes()[:1000])
    with pytest.raises(UsageError, match="is not a whole run"):
        read(stored)


def test_an_older_schema_says_who_made_it(stored):
    run = msgspec.json.decode(stored.read_bytes()) | {"schema": 1, "concur": "0.0.1"}
    stored.write_bytes(msgspec.json.encode(run))
    with pytest.raises(UsageError, match=r"an older concur \(0.0.1\).*Measure again"):
        read(stored)


def test_a_run_of_zero_trials_is_refused(stored):
    run = msgspec.json.decode(stored.read_bytes()) | {"cells": []}
    stored.write_bytes(msgspec.json.encode(run))
    with pytest.raises(UsageError, match="holds no trial"):
        read(stored)


def test_another_kind_of_result_is_no_run(folder):
    path = folder / "gil-20260101-000000-1.json"
    write(path, report())
    with pytest.raises(UsageError, match="its name says gil"):
        read(path)


def test_a_run_of_another_machine_says_so(stored):
    (note,) = from_elsewhere(read(stored).results.run)
    assert note.startswith("This run is of another machine")
    assert "the run has a CPU" in note


def test_a_run_of_this_machine_says_nothing(full):
    assert from_elsewhere(full(["threads"], machine=describe())) == []


def test_a_run_at_hand_needs_no_file(full, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    assert beside(full(["threads"])).results.gil is None
