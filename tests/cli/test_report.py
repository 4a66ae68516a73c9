"""`concur report` and `concur bench --report` as a user runs them: which file, what is refused, what is said."""

import webbrowser
from pathlib import Path

import msgspec
import pytest

from concur.bench.saving import RESULTS, write
from concur.cli import main, pages
from concur.errors import MachineError, UsageError

pytestmark = pytest.mark.timeout(60)  # a page has many pictures


@pytest.fixture(autouse=True)
def elsewhere(tmp_path, monkeypatch):
    """An empty folder, and no display."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("COLUMNS", "80")
    for name in pages.DISPLAYS:
        monkeypatch.delenv(name, raising=False)


@pytest.fixture
def run(runs):
    return runs.run("20260101-000000-1", [runs.cell("threads", [100.0, 101.0]), runs.cell("callbacks", [200.0, 201.0])])


@pytest.fixture
def stored(run):
    RESULTS.mkdir(parents=True)
    path = RESULTS / f"{run.id}.json"
    write(path, run)
    return path


def report(*arguments: str) -> int:
    with pytest.raises(SystemExit) as raised:
        main(["report", *arguments])
    return int(raised.value.code or 0)


def test_the_newest_run_has_its_page_beside_it(stored, capsys):
    assert report() == 0
    page = stored.with_suffix(".html")
    assert "threads" in page.read_text()
    assert str(page) in capsys.readouterr().err


def test_the_page_may_have_another_place(stored):
    assert report(stored.stem, "-o", "page.html") == 0
    assert Path("page.html").read_text().startswith("<!doctype html>")


def test_parts_are_listed_for_scripts(stored, capsys):
    assert report("--format", "csv,md", "-o", "parts") == 0
    shown = capsys.readouterr().out.split()
    assert "parts/run.md" in shown
    assert all(Path(one).is_file() for one in shown)


@pytest.mark.parametrize(
    ("arguments", "why"),
    [
        ([], "there is no run in .concur/results. Measure first: `concur bench`"),
        (["nothing.json"], "there is no run nothing.json"),
    ],
)
def test_without_a_run_it_says_what_to_do(arguments, why, capsys):
    assert report(*arguments) == 2
    assert why in capsys.readouterr().err


@pytest.mark.parametrize(
    ("arguments", "why"),
    [
        (["-o", "server.py"], "'server.py' is no page. Give a name that ends in .html"),
        (["-o", "nowhere/page.html"], "there is no folder nowhere"),
        (["--format", "gif"], "'gif' is no format of a report"),
    ],
)
def test_what_cannot_be_written_is_refused(stored, arguments, why, capsys):
    assert report(*arguments) == 2
    assert why in capsys.readouterr().err


def test_a_run_cut_short_is_told(stored, capsys):
    stored.write_bytes(stored.read_bytes()[:500])
    assert report() == 2
    assert "is not a whole run" in capsys.readouterr().err


def test_without_permission_it_names_another_way(run, monkeypatch):
    def refuse(*_: object) -> None:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(Path, "write_text", refuse)
    with pytest.raises(MachineError, match=r"page.html cannot be written: Permission denied. Name another file"):
        pages.Page(Path("page.html")).make(run)


def test_without_a_display_it_is_said_and_no_browser_starts(stored, capsys, monkeypatch):
    monkeypatch.setattr("sys.platform", "linux")
    monkeypatch.setattr(webbrowser, "open", pytest.fail)
    assert report("--open") == 0
    assert "there is no display here" in capsys.readouterr().err


def test_with_a_display_the_page_is_opened(stored, monkeypatch):
    opened: list[str] = []
    monkeypatch.setenv("DISPLAY", ":0")

    def opens(address: str) -> bool:
        opened.append(address)
        return True

    monkeypatch.setattr(webbrowser, "open", opens)
    assert report("--open") == 0
    assert opened == [stored.with_suffix(".html").resolve().as_uri()]


def test_without_a_browser_it_is_said(stored, capsys, monkeypatch):
    monkeypatch.setenv("DISPLAY", ":0")
    monkeypatch.setattr(webbrowser, "open", lambda _: False)
    assert report("--open") == 0
    assert "no browser could be started" in capsys.readouterr().err


def bench(*arguments: str) -> int:
    with pytest.raises(SystemExit) as raised:
        main(["bench", *arguments])
    return int(raised.value.code or 0)


def test_bench_ends_with_the_page_of_its_run(stored):
    assert bench("--show", str(stored), "--report") == 0
    assert stored.with_suffix(".html").is_file()


def test_bench_takes_another_place_for_it(stored):
    assert bench("--show", str(stored), "--report-to", "page.html") == 0
    assert Path("page.html").is_file()


@pytest.mark.parametrize(
    "arguments",
    [["--report-to", "server.py"], ["--report-to", "nowhere/page.html"], ["--service", "crawl", "--report"]],
)
def test_what_cannot_be_is_refused_before_anything_is_measured(arguments, capsys):
    assert bench(*arguments) == 2
    assert "round" not in capsys.readouterr().err


def test_no_page_is_wanted_where_nobody_asks():
    assert pages.wanted(False, None, is_for_servers=False) is None
    with pytest.raises(UsageError, match="--report is of servers"):
        pages.wanted(True, None, is_for_servers=False)


def test_the_page_of_a_run_holds_the_run(stored, run):
    report()
    raw = stored.with_suffix(".html").read_text().partition('id="raw">')[2].partition("</script>")[0]
    assert msgspec.json.decode(raw, type=type(run)) == run
