"""The page's parts as files."""

import csv

import pytest

from concur.errors import MachineError, UsageError
from concur.report.page.panels import Results
from concur.report.page.parts import FORMATS, read_formats, write
from concur.report.page.sources import Source

pytestmark = pytest.mark.timeout(60)  # many pictures
MAGIC = {"png": b"\x89PNG", "svg": b"<?xml", "pdf": b"%PDF"}
PICTURES = ("ranking-ranked-0", "mechanism-costs-0", "latency-0", "over-time-rates")


@pytest.fixture
def source(full):
    return Source(Results(full(["threads", "callbacks"])), None, [])


def test_each_picture_is_a_file_of_its_own_in_each_format(tmp_path, source):
    paths = write(source, MAGIC, tmp_path / "parts")
    assert {path.name for path in paths} >= {f"{name}.{kind}" for name in PICTURES for kind in MAGIC}
    assert all(path.read_bytes().startswith(MAGIC[path.suffix[1:]]) for path in paths)


def test_tables_are_csv_and_the_run_is_too(tmp_path, source):
    paths = {path.name: path for path in write(source, ["csv"], tmp_path)}
    assert {"run.csv", "ranking-1.csv", "latency-1.csv"} <= set(paths)
    head, *rows = csv.reader(paths["latency-1.csv"].read_text().splitlines())
    assert head[:2] == ["model", "p50 ms"]
    assert {row[0] for row in rows} == {"threads", "callbacks"}


def test_words_are_markdown(tmp_path, source):
    (path,) = write(source, ["md"], tmp_path)
    assert "| model" in path.read_text()


def test_formats_are_read_from_a_list():
    assert read_formats("png, SVG,png") == ["png", "svg"]


@pytest.mark.parametrize("text", ["gif", "png,docx", "", ","])
def test_an_unknown_format_names_those_that_there_are(text):
    with pytest.raises(UsageError, match=f"Known: {', '.join(FORMATS)}"):
        read_formats(text)


def test_a_folder_that_cannot_be_made_is_said(tmp_path, source):
    (tmp_path / "file").write_text("")
    with pytest.raises(MachineError, match="cannot be written.*-o FOLDER"):
        write(source, ["md"], tmp_path / "file")
