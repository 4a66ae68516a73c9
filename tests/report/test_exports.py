import csv
import io
from collections.abc import Callable
from pathlib import Path
from types import ModuleType

import msgspec
import pytest

from concur.bench.results import Run
from concur.errors import MachineError, UsageError
from concur.report.exports import FOLDERS, FORMATS, export, to_csv, to_json, to_markdown, write


def test_json_reads_back_as_the_same_run(default: Run) -> None:
    assert msgspec.json.decode(to_json(default), type=Run) == default


def test_csv_has_a_line_for_each_cell(default: Run) -> None:
    lines = list(csv.DictReader(io.StringIO(to_csv(default).decode())))
    assert [(line["model"], line["scenario"]) for line in lines] == [(c.model, c.scenario) for c in default.cells]
    assert float(lines[1]["rate_per_s"]) == 181_204.0
    assert float(lines[1]["latency_p99_ns_high"]) == pytest.approx(412_000)
    assert (lines[0]["connections"], lines[1]["connections"]) == ("1", "")


def test_csv_of_a_run_without_cells_has_its_heads(default: Run) -> None:
    default.cells = []
    assert to_csv(default).decode().startswith("scenario,model,topology,interpreter,label,")


def test_csv_leaves_empty_what_is_not_known(default: Run) -> None:
    default.cells[0].rate_per_s = None
    (line, *_) = csv.DictReader(io.StringIO(to_csv(default).decode()))
    assert line["rate_per_s"] == line["rate_per_s_low"] == ""


def test_markdown_rows_have_as_many_cells_as_heads(default: Run) -> None:
    rows = [line for line in to_markdown(default).decode().splitlines() if line.startswith("|")]
    assert len(rows) == 2 + 8
    assert len({row.replace("\\|", "").count("|") for row in rows}) == 1


def test_markdown_keeps_names_as_they_are(default: Run) -> None:
    default.cells[1].label = "a|b_c_d"
    assert "a\\|b\\_c\\_d" in to_markdown(default).decode()


def test_markdown_ends_with_the_next_command(default: Run) -> None:
    assert to_markdown(default).decode().splitlines()[-1].startswith("- Next: concur bench")


def test_markdown_has_the_matrices_of_several_interpreters(matrix_of: Callable[..., Run]) -> None:
    lines = to_markdown(matrix_of()).decode().splitlines()
    assert "**small: against threads 3.11**" in lines
    assert "| model | 3.11 | 3.13t | 3.14+jit | pypy3.11 |" in lines
    assert "| trio\\_tasks | 1.40× | a | 2.80× | b |" in lines
    assert "- a: needs trio: concur interpreters prepare" in lines


def test_a_file_gets_the_bytes(tmp_path: Path) -> None:
    write(b"x\n", tmp_path / "run.csv")
    assert (tmp_path / "run.csv").read_bytes() == b"x\n"


def test_a_dash_is_stdout(capsys: pytest.CaptureFixture[str]) -> None:
    write("×\n".encode(), "-")
    assert capsys.readouterr().out == "×\n"


def test_a_folder_that_is_not_there_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(MachineError, match="cannot be written: No such file or directory"):
        write(b"x", tmp_path / "nowhere" / "run.csv")


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="this system has no /dev/full")
def test_a_full_disk_is_an_error() -> None:
    with pytest.raises(MachineError, match="No space left"):
        write(b"x", "/dev/full")


@pytest.mark.parametrize("name", sorted(FORMATS))
def test_each_format_goes_to_a_file_and_to_stdout(
    name: str, default: Run, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    export(default, name, str(tmp_path / "out"))
    export(default, name, "-")
    assert capsys.readouterr().out.encode() == (tmp_path / "out").read_bytes()


def test_a_folder_is_made_and_has_a_file_for_each_cell(runs: ModuleType, tmp_path: Path) -> None:
    run = runs.run("a", [runs.cell("threads", [100.0]), runs.cell("callbacks", [100.0])])
    export(run, "hgrm", str(tmp_path / "new" / "folder"))
    names = sorted(path.name for path in (tmp_path / "new" / "folder").iterdir())
    assert names == ["small_callbacks_3-11.hgrm", "small_threads_3-11.hgrm"]


def test_a_folder_cannot_be_stdout_nor_a_file(default: Run, tmp_path: Path) -> None:
    assert list(FOLDERS) == ["hgrm"]
    with pytest.raises(UsageError, match="one file for each cell"):
        export(default, "hgrm", "-")
    (tmp_path / "file").write_bytes(b"")
    with pytest.raises(MachineError, match="cannot be written: File exists"):
        export(default, "hgrm", str(tmp_path / "file"))
