import ctypes
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

import concur.load
from concur.errors import MachineError
from concur.load.build import compiled, native_datagrams, native_engine, shared_library

FOLDER = Path(concur.load.__file__).parent
PROGRAM = b"int main(void) { return 7; }\n"
pytestmark = [
    pytest.mark.usefixtures("kind"),
    pytest.mark.parametrize("kind", ["native"], indirect=True),
]


@pytest.fixture
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("CONCUR_CACHE", str(tmp_path))
    monkeypatch.delenv("CC", raising=False)
    return tmp_path


def test_compiles_once_and_finds_it_again(cache: Path) -> None:
    first = compiled(PROGRAM, "seven")
    made_ns = first.stat().st_mtime_ns
    assert subprocess.run([first], check=False).returncode == 7
    assert compiled(PROGRAM, "seven") == first
    assert first.stat().st_mtime_ns == made_ns
    assert list(first.parent.iterdir()) == [first]


def test_another_source_or_other_options_make_another_executable(cache: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    first = compiled(PROGRAM, "seven")
    assert compiled(PROGRAM + b"/* changed */\n", "seven") != first
    monkeypatch.setenv("CC", "cc -DCHANGED")
    assert compiled(PROGRAM, "seven") != first


def test_several_may_compile_at_once(cache: Path) -> None:
    with ThreadPoolExecutor(4) as pool:
        paths = set(pool.map(lambda _: compiled(PROGRAM, "seven"), range(4)))
    (path,) = paths
    assert list(path.parent.iterdir()) == [path]
    assert subprocess.run([path], check=False).returncode == 7


def test_a_shared_library_is_no_executable_of_that_name(cache: Path) -> None:
    source = b"int seven(void) { return 7; } int main(void) { return 7; }\n"
    path = shared_library(source, "seven")
    assert ctypes.CDLL(str(path)).seven() == 7
    assert shared_library(source, "seven") == path != compiled(source, "seven")


def test_missing_compiler_is_named(cache: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CC", "no-such-compiler")
    with pytest.raises(MachineError, match=r"no-such-compiler.*CONCUR_ENGINE=python"):
        native_engine()


def test_failing_compiler_without_a_word_is_named_with_its_status(cache: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CC", "/bin/false")
    with pytest.raises(MachineError, match=r"/bin/false ended with status 1.*Install a C compiler"):
        native_engine()


def test_failing_compilers_last_line_is_the_reason_and_nothing_stays(cache: Path) -> None:
    with pytest.raises(MachineError, match=r"cannot be compiled") as raised:
        compiled(b"int main(void) { return undeclared; }\n", "bad")
    assert raised.value.why
    assert list((cache / "engine").iterdir()) == []


def test_unusable_cache_folder_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    blocked = tmp_path / "a-file"
    blocked.write_text("")
    monkeypatch.setenv("CONCUR_CACHE", str(blocked))
    with pytest.raises(MachineError, match=r"a-file.*CONCUR_CACHE"):
        native_engine()


@pytest.mark.parametrize("name", ["engine.c", "datagrams.c"])
def test_both_programs_compile_without_a_warning(tmp_path: Path, name: str) -> None:
    options = ["-O2", "-std=gnu11", "-Wall", "-Wextra", "-Wconversion", "-Wshadow", "-Werror"]
    command = ["cc", *options, str(FOLDER / name), "-o", str(tmp_path / "program"), "-lm"]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (0, "")


def test_what_programs_share_is_part_of_the_source_and_so_of_the_key(
    cache: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    made = native_datagrams()
    assert native_datagrams() == made != native_engine()
    sources = tmp_path / "sources"
    sources.mkdir()
    for name in ("datagrams.c", "parts.h"):
        (sources / name).write_bytes((FOLDER / name).read_bytes())
    monkeypatch.setattr("concur.load.build.resources.files", lambda _: sources)
    assert native_datagrams() == made
    (sources / "parts.h").write_bytes(b"/* changed */\n" + (FOLDER / "parts.h").read_bytes())
    assert native_datagrams() != made


def test_engine_ends_with_whoever_started_it() -> None:
    engine = str(native_engine())
    for words in ([engine, "--null-server"], [engine], [sys.executable, "-m", "concur.load.twin"]):
        done = subprocess.run(words, input=b"", capture_output=True, check=False)
        assert done.returncode in (0, 1)
        assert done.stderr == b""
