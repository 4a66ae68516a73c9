"""`concur slides`: what it says, where it writes, and with which status it ends."""

import re
import shutil
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from concur.cli import main

SAMPLE = Path(__file__).parents[1] / "slides" / "sample"


def run(*arguments: object) -> int:
    with pytest.raises(SystemExit) as raised:
        main(["slides", *map(str, arguments)])
    return int(raised.value.code or 0)


@pytest.fixture
def folder(tmp_path, monkeypatch):
    """A folder of decks; what is written goes beside it."""
    monkeypatch.chdir(tmp_path)
    return Path(shutil.copytree(SAMPLE, tmp_path / "decks"))


def test_the_contents_have_minutes_by_slide_and_by_topic(folder, capsys):
    assert run("list", "--folder", folder) == 0
    shown = capsys.readouterr().out
    assert re.search(r"processes +2", shown)
    assert re.search(r"2  A generator waits by handing over its own frame +3", shown)
    assert "3 slides, 6 minutes" in shown


def test_short_contents_are_topics_alone(folder, capsys):
    run("list", "--folder", folder, "--short")
    assert "A generator" not in capsys.readouterr().out


def test_what_is_wrong_is_said_and_is_a_failure(folder, capsys):
    deck = folder / "1-sample.md"
    deck.write_text(deck.read_text().replace("topic: processes", "topic: magic").replace("figure:bars", "figure:none"))
    assert run("list", "--folder", folder) == 1
    shown = capsys.readouterr()
    assert f"{deck}:6: unknown topic: «magic» is none of the sixteen." in shown.err
    assert "missing figure: there is no figure none" in shown.err
    assert "3 slides" in shown.out


def test_building_refuses_what_is_wrong_unless_it_is_a_draft(folder, tmp_path, capsys):
    deck = folder / "1-sample.md"
    deck.write_text(deck.read_text().replace("figure:bars", "figure:none"))
    assert run("build", "--folder", folder, "-o", tmp_path / "out") == 2
    assert not (tmp_path / "out").exists()
    assert run("build", "--folder", folder, "-o", tmp_path / "out", "--draft") == 0
    assert "missing figure none" in (tmp_path / "out/1-sample.html").read_text()
    assert "1 problem in the decks" in capsys.readouterr().err


def test_what_was_built_is_named_on_stdout(folder, tmp_path, capsys):
    assert run("build", "1", "--folder", folder) == 0
    assert capsys.readouterr().out.splitlines() == [".concur/slides/1-sample.html", ".concur/slides/index.html"]
    assert (tmp_path / ".concur/slides/1-sample.html").exists()


def test_without_chromium_the_html_is_there_and_the_rest_is_said(folder, tmp_path, monkeypatch, capsys):
    monkeypatch.setenv("PATH", "")
    monkeypatch.delenv("CONCUR_CHROMIUM", raising=False)
    assert run("build", "--pdf", "--folder", folder) == 2
    assert (tmp_path / ".concur/slides/1-sample.html").exists()
    assert "Install Chromium" in capsys.readouterr().err


def test_without_node_it_builds(folder, monkeypatch):
    monkeypatch.setenv("PATH", "")
    assert run("build", "--folder", folder) == 0


@pytest.mark.parametrize("arguments", [("list", "9"), ("build", "9"), ("present", "9"), ("figures", "none")])
def test_an_unknown_name_is_one_message(folder, capsys, arguments):
    (folder / "figures/figures.toml").write_text("")
    assert run(*arguments, "--folder", folder) == 2
    assert "unknown" in capsys.readouterr().err


def test_presenting_prints_its_address_and_ends_by_ctrl_c(folder):
    command = [sys.executable, "-m", "concur.cli", "slides", "present", "1", "--folder", str(folder)]
    deaf = signal.signal(signal.SIGINT, signal.default_int_handler)  # whoever started these tests may not hear it
    try:
        process = subprocess.Popen(command, text=True, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    finally:
        signal.signal(signal.SIGINT, deaf)
    with process:
        try:
            assert process.stdout
            line = process.stdout.readline()
            process.send_signal(signal.SIGINT)
            _, errors = process.communicate(timeout=15)
        finally:
            process.kill()
    assert re.fullmatch(r"http://127\.0\.0\.1:\d+/[\w-]{24}/1-sample\.html\n", line)
    assert process.returncode == 0
    assert errors.endswith("concur: ended\n")
