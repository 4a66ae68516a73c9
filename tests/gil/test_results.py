"""The file of `concur gil`: written, read again, and refused where it is none."""

import msgspec
import pytest

from concur.errors import UsageError
from concur.gil.results import EXPERIMENTS, Report, Throughput, load


def report() -> Report:
    rows = [Throughput(interpreter="3.11", kind="python", workers=2, topology="threads", absent="one CPU")]
    return Report(concur="0", id="x", started_at="", command=[], machine={}, seed=1, budget_s=600.0, throughput=rows)


def test_a_report_comes_back_as_it_was_written(tmp_path):
    path = tmp_path / "gil.json"
    path.write_bytes(msgspec.json.encode(report()))
    assert load(path) == report()


def test_every_experiment_has_its_rows_in_a_report():
    assert set(EXPERIMENTS) <= set(Report.__struct_fields__)


@pytest.mark.parametrize("content", [b"", b"{", b"[]", b'{"schema": 1}'])
def test_what_is_cut_short_is_refused_in_one_line(tmp_path, content):
    (tmp_path / "gil.json").write_bytes(content)
    with pytest.raises(UsageError, match="no result of `concur gil`"):
        load(tmp_path / "gil.json")


def test_another_schema_is_refused(tmp_path):
    other = msgspec.structs.replace(report(), schema=99)
    (tmp_path / "gil.json").write_bytes(msgspec.json.encode(other))
    with pytest.raises(UsageError, match="schema 99"):
        load(tmp_path / "gil.json")


def test_a_file_that_is_not_there_is_said(tmp_path):
    with pytest.raises(UsageError, match="cannot read"):
        load(tmp_path / "gil.json")
