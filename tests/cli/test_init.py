import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from concur import cli
from concur.cli import VERBS, globals_first, main
from concur.errors import MachineError, TargetError

HEAVY = ("rich", "numpy", "scipy", "msgspec", "matplotlib", "psutil", "asyncio", "concur.bench", "concur.load")


def exit_status(*arguments: str) -> int:
    with pytest.raises(SystemExit) as raised:
        main(arguments)
    return int(raised.value.code or 0)


def raising(error: BaseException) -> object:
    def load_verb(name: str) -> object:
        raise error

    return load_verb


def test_help_lists_every_verb(capsys: pytest.CaptureFixture[str]) -> None:
    assert exit_status("--help") == 0
    shown = capsys.readouterr().out
    assert all(f"\n  {verb} " in shown for verb in VERBS)


def test_help_imports_nothing_heavy() -> None:
    code = (
        "import sys; sys.argv = ['concur', '--help']\nfrom concur.cli import main\n"
        "try: main()\nexcept SystemExit: print(*sys.modules, sep='\\n')"
    )
    shown = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout.split()
    assert "concur.cli" in shown
    assert not set(HEAVY) & set(shown)


@pytest.mark.parametrize("verb", sorted(set(VERBS) - {"bench"}))
def test_each_verb_has_help(verb: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert exit_status(verb, "--help") == 0
    assert f"concur {verb}" in capsys.readouterr().out


def test_no_verb_shows_the_help(capsys: pytest.CaptureFixture[str]) -> None:
    assert exit_status() == 2
    assert "Commands:" in capsys.readouterr().err


def test_an_unknown_verb_suggests_a_near_one(capsys: pytest.CaptureFixture[str]) -> None:
    assert exit_status("modles") == 2
    assert capsys.readouterr().err == (
        "concur: unknown command 'modles'. Did you mean models or slides? `concur --help` lists them.\n"
    )


def test_an_unknown_option_is_a_usage_error(capsys: pytest.CaptureFixture[str]) -> None:
    assert exit_status("models", "--bogus") == 2
    assert "No such option: --bogus" in capsys.readouterr().err


def test_an_error_is_one_message_and_its_status(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(cli, "load_verb", raising(MachineError("no port", why="all taken", do="Wait.")))
    assert exit_status("models") == 2
    assert capsys.readouterr().err == "concur: no port: all taken. Wait.\n"


def test_an_error_while_running_has_status_1(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(cli, "load_verb", raising(TargetError("it died")))
    assert exit_status("models") == 1


@pytest.mark.parametrize("arguments", [("--debug", "models"), ("models", "--debug")])
def test_debug_shows_the_traceback_wherever_it_stands(
    arguments: tuple[str, ...], capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(cli, "load_verb", raising(MachineError("no port")))
    assert exit_status(*arguments) == 2
    shown = capsys.readouterr().err
    assert "Traceback" in shown
    assert shown.endswith("concur: no port\n")


def test_an_interruption_has_status_130(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(cli, "load_verb", raising(KeyboardInterrupt()))
    assert exit_status("models") == 130


def test_what_follows_two_dashes_is_left_alone() -> None:
    assert globals_first(["serve", "--no-color", "--", "--debug"]) == ["--no-color", "serve", "--", "--debug"]


def test_the_version_is_said(capsys: pytest.CaptureFixture[str]) -> None:
    assert exit_status("--version") == 0
    assert capsys.readouterr().out.startswith("concur 0.")


def test_a_reader_that_leaves_causes_no_complaint() -> None:
    command = f"{sys.executable} -m concur.cli models | true"
    ended = subprocess.run(["sh", "-c", command], capture_output=True, check=True)
    assert ended.stderr == b""


def test_an_output_that_knows_no_micro_sign_loses_no_figures() -> None:
    tell = "import sys; from concur import cli\ntry: cli.main(['--version'])\nexcept SystemExit: print('12 \\xb5s')"
    ran = subprocess.run(
        [sys.executable, "-c", tell], capture_output=True, env=os.environ | {"PYTHONIOENCODING": "ascii"}
    )
    assert (ran.returncode, ran.stdout.splitlines()[-1]) == (0, b"12 ?s"), ran.stderr


def test_a_kill_is_an_interrupt_also_where_those_are_ignored(monkeypatch: pytest.MonkeyPatch) -> None:
    before = signal.signal(signal.SIGINT, signal.SIG_IGN)
    monkeypatch.setattr(cli, "load_verb", lambda _name: signal.raise_signal(signal.SIGTERM))
    try:
        assert exit_status("models") == 130
    finally:
        signal.signal(signal.SIGINT, before)
    assert signal.getsignal(signal.SIGTERM) is signal.SIG_DFL


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="this system has no /dev/full")
@pytest.mark.parametrize("words", [["--version"], ["models", "--json"]])
def test_a_full_disk_is_one_line(words: list[str]) -> None:
    with Path("/dev/full").open("w") as full:
        done = subprocess.run(
            [sys.executable, "-m", "concur.cli", *words], stdout=full, stderr=subprocess.PIPE, text=True
        )
    assert done.returncode == 2
    assert done.stderr == "concur: what was to be said cannot be written: No space left on device. Make room.\n"
