"""What is done next, and what is kept, as an installer of our own has it that installs nothing."""

from collections.abc import Callable
from concurrent.futures import CancelledError
from pathlib import Path
from typing import Any

import msgspec
import pytest

from concur.errors import MachineError
from concur.interpreters import making
from concur.interpreters.describe import Interpreter
from concur.interpreters.environments import (
    LOGS,
    Library,
    equip,
    folder_of,
    python_in,
    read_manifest,
    write_manifest,
)
from concur.interpreters.installer import Imported, Seen
from concur.interpreters.making import Making
from concur.interpreters.running import Outcome

Said = Any  # the fixture's, in conftest
ONE = Interpreter(short="3.90", executable="/opt/bin/python3.90", implementation="CPython", version="3.90.1")
DONE = Outcome(True, "")
NO_WHEEL = Outcome(False, "ERROR: Could not find a version that satisfies the requirement a (from versions: none)")
NO_BUILD = Outcome(False, "RuntimeError: it needs luck. And more.")
UNREACHABLE = Outcome(False, "Temporary failure in name resolution")
TOO_LONG = Outcome(False, "", timed_out=True)
FULL = Outcome(False, "OSError: [Errno 28] No space left on device")


class Scripted:
    """An installer that does as it is told, and notes what it was asked to do."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.there: dict[str, str] = {}
        self.built_in: dict[str, str] = {}
        self.asked: list[tuple[str, ...]] = []
        self.wheels: dict[str, Outcome] = {}
        self.sources: dict[str, Outcome] = {}
        self.made: Outcome = DONE
        self.imports: dict[str, str] = {}
        self.version = ONE.version
        self.interrupts = ""
        self.raises_gil: set[str] = set()

    def make(self, executable: str) -> Outcome:
        self.asked.append(("make", executable))
        self.there = dict(self.built_in)
        python_in(self.folder).parent.mkdir(parents=True)
        if self.made.succeeded:
            python_in(self.folder).symlink_to("/bin/sh")
        return self.made

    def install(self, name: str, how: str, *, over: bool) -> Outcome:
        self.asked.append(("over" if over else how, name))
        if name == self.interrupts:
            raise CancelledError
        outcome = (self.wheels if how == "wheel" else self.sources).get(name, DONE)
        if outcome.succeeded:
            self.there[name] = "1.0"
        return outcome

    def uninstall(self, name: str) -> Outcome:
        self.asked.append(("uninstall", name))
        self.there.pop(name, None)
        return DONE

    def try_import(self, name: str) -> Imported | str:
        if name in self.imports or name not in self.there:
            return self.imports.get(name, "ModuleNotFoundError")
        return Imported(version=self.there[name], turns_gil_on=name in self.raises_gil)

    def look_round(self, names: list[str]) -> Seen | str:
        if not python_in(self.folder).exists():
            return "no python"
        there = {name: version for name, version in self.there.items() if name in names}
        return Seen(version=self.version, prefix=str(self.folder), libraries=there)


@pytest.fixture
def scripted(cache: Path) -> Scripted:
    cache.joinpath("environments").mkdir(parents=True)
    return Scripted(folder_of(ONE))


Work = Callable[..., list[tuple[str, ...]]]


@pytest.fixture
def work(scripted: Scripted, said: Said) -> Work:
    """Makes the environment; returns what the installer was asked to do for it this time."""

    def make(*names: str, again: tuple[str, ...] = (), afresh: bool = False) -> list[tuple[str, ...]]:
        scripted.asked.clear()
        Making(ONE, scripted, said).make(names, again, afresh=afresh)  # type: ignore[arg-type] # it has what is used
        return scripted.asked

    return make


def libraries() -> dict[str, Library]:
    manifest = read_manifest(folder_of(ONE))
    assert manifest
    return manifest.libraries


MAKE = ("make", ONE.executable)


def test_each_library_is_installed_by_itself_and_entered(work: Work) -> None:
    assert work("a", "b") == [MAKE, ("wheel", "a"), ("wheel", "b")]
    assert libraries() == {name: Library(version="1.0", how="wheel") for name in "ab"}
    assert equip(ONE).libraries == {"a": "1.0", "b": "1.0"}


def test_the_second_time_nothing_is_done(work: Work, said: Said) -> None:
    work("a")
    said.clear()
    assert work("a") == []
    assert said == [("3.90", "a 1.0", "there already")]


def test_what_is_wanted_besides_is_added(work: Work) -> None:
    work("a")
    assert work("a", "b") == [("wheel", "b")]


def test_without_a_wheel_it_is_built(work: Work, scripted: Scripted) -> None:
    scripted.wheels["a"] = NO_WHEEL
    assert work("a") == [MAKE, ("wheel", "a"), ("source", "a")]
    assert libraries()["a"].how == "source"


def test_what_cannot_be_built_is_refused_for_good(work: Work, scripted: Scripted) -> None:
    scripted.wheels["a"], scripted.sources["a"] = NO_WHEEL, NO_BUILD
    work("a", "b")
    assert equip(ONE).refused == {"a": "no wheel, build failed: RuntimeError: it needs luck"}
    assert equip(ONE).libraries == {"b": "1.0"}
    assert work("a", "b") == []


@pytest.mark.parametrize(
    ("outcome", "reason"),
    [(UNREACHABLE, "the package index cannot be reached"), (TOO_LONG, "takes longer than 15 min")],
)
def test_what_fails_for_a_reason_outside_is_tried_again_next_time(
    work: Work, scripted: Scripted, outcome: Outcome, reason: str
) -> None:
    scripted.wheels["a"] = outcome
    assert work("a") == [MAKE, ("wheel", "a")]
    assert reason in equip(ONE).refused["a"]
    scripted.wheels.clear()
    assert work("a") == [("wheel", "a")]
    assert equip(ONE).refused == {}


def test_what_the_index_has_not_is_asked_for_again_next_time(work: Work, scripted: Scripted) -> None:
    scripted.wheels["a"] = scripted.sources["a"] = NO_WHEEL
    work("a")
    assert equip(ONE).refused == {"a": "no wheel, and the package index has no source"}
    assert work("a") == [("wheel", "a"), ("source", "a")]


def test_what_installs_but_does_not_import_is_removed_and_refused(work: Work, scripted: Scripted) -> None:
    scripted.imports["a"] = "ImportError: undefined symbol"
    assert work("a") == [MAKE, ("wheel", "a"), ("uninstall", "a")]
    assert equip(ONE).refused == {"a": "installs, but does not import: ImportError: undefined symbol"}
    assert work("a") == []


def test_what_is_built_in_is_not_installed(work: Work, scripted: Scripted) -> None:
    scripted.built_in["a"] = "0.4"
    assert work("a") == [MAKE]
    assert libraries() == {"a": Library(version="0.4", how="there")}
    assert work("a", again=("a",)) == []


def test_what_turns_the_gil_on_is_noted_and_said(work: Work, scripted: Scripted, said: Said) -> None:
    scripted.raises_gil.add("a")
    work("a", "b")
    assert [library.turns_gil_on for library in libraries().values()] == [True, False]
    assert ["it turns the GIL on" in outcome for *_, outcome in said] == [True, False]


def test_an_interrupted_library_is_installed_over_what_is_there(work: Work, scripted: Scripted) -> None:
    """And first, so that a second interruption does not hide the first."""
    scripted.interrupts = "b"
    with pytest.raises(CancelledError):
        work("a", "b", "c")
    assert equip(ONE).environment == ""
    scripted.interrupts = ""
    scripted.there["b"] = "half"
    assert work("a", "b", "c") == [("over", "b"), ("wheel", "c")]
    assert equip(ONE).libraries == {"a": "1.0", "b": "1.0", "c": "1.0"}


def test_a_library_that_has_gone_is_installed_again(work: Work, scripted: Scripted) -> None:
    work("a", "b")
    del scripted.there["a"]
    assert work("a", "b") == [("wheel", "a")]


def test_a_library_is_tried_anew_when_asked_for(work: Work, scripted: Scripted) -> None:
    scripted.wheels["b"], scripted.sources["b"] = NO_WHEEL, NO_BUILD
    work("a", "b")
    scripted.wheels.clear()
    assert work("a", "b", again=("b",)) == [("wheel", "b")]
    assert work("a", "b", again=("a",)) == [("uninstall", "a"), ("wheel", "a")]


def test_all_is_made_anew_when_asked_for(work: Work) -> None:
    work("a")
    assert work("a", afresh=True) == [MAKE, ("wheel", "a")]


def test_a_version_that_changed_later_is_entered_in_the_end(work: Work, scripted: Scripted) -> None:
    work("a")
    scripted.there["a"] = "2.0"
    work("a", "b")
    assert equip(ONE).libraries == {"a": "2.0", "b": "1.0"}


def test_half_an_environment_is_made_anew(work: Work, scripted: Scripted, said: Said) -> None:
    work("a")
    (scripted.folder / "concur.json").unlink()
    assert work("a") == [MAKE, ("wheel", "a")]
    assert ("3.90", "", "half made or broken: made anew") in said


def test_an_environment_without_its_python_is_made_anew(work: Work, scripted: Scripted) -> None:
    work("a")
    python_in(scripted.folder).unlink()
    assert work("a") == [MAKE, ("wheel", "a")]


def test_an_environment_of_another_python_is_made_anew(work: Work, scripted: Scripted) -> None:
    work("a")
    scripted.version = "3.89"
    assert work("a") == [MAKE, ("wheel", "a")]


def test_a_disk_without_room_is_an_error_and_the_rest_is_done_later(work: Work, scripted: Scripted) -> None:
    scripted.wheels["b"] = FULL
    with pytest.raises(MachineError, match=r"No space left.*CONCUR_CACHE"):
        work("a", "b")
    assert equip(ONE).environment == ""
    scripted.wheels.clear()
    assert work("a", "b") == [("over", "b")]


def test_a_disk_without_room_for_an_environment_is_an_error(work: Work, scripted: Scripted) -> None:
    scripted.made = FULL
    with pytest.raises(MachineError, match=r"No space left.*CONCUR_CACHE"):
        work("a")
    assert equip(ONE).environment == ""


def test_an_interpreter_that_makes_no_environment_is_an_error(work: Work, scripted: Scripted) -> None:
    scripted.made = Outcome(False, "No module named venv")
    with pytest.raises(MachineError, match=r"3\.90 .*: No module named venv.*uv on PATH"):
        work("a")
    assert not scripted.folder.exists()


def test_an_environment_that_does_not_start_is_an_error(work: Work, scripted: Scripted) -> None:
    scripted.made = DONE
    scripted.look_round = lambda names: "it is cursed"  # type: ignore[method-assign]
    with pytest.raises(MachineError, match="it is cursed"):
        work("a")
    assert not scripted.folder.exists()


def test_the_reason_names_the_log(work: Work, scripted: Scripted, said: Said) -> None:
    scripted.wheels["a"], scripted.sources["a"] = NO_WHEEL, NO_BUILD
    work()
    (scripted.folder / LOGS).mkdir()
    (scripted.folder / LOGS / "a.txt").touch()
    work("a")
    assert said[-1] == ("3.90", "a", "no: no wheel, build failed: RuntimeError: it needs luck (logs/a.txt)")


def test_the_jit_is_no_part_of_the_name_that_is_shown(scripted: Scripted, said: Said) -> None:
    with_jit = msgspec.structs.replace(ONE, short="3.90+jit")
    Making(with_jit, scripted, said).make(["a"])  # type: ignore[arg-type] # as above
    assert {interpreter for interpreter, *_ in said} == {"3.90"}


def test_how_long_a_build_may_take_is_said_in_minutes(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(making, "BUILD_LIMIT_S", 120.0)
    assert "longer than 2 min" in making.refused_by(TOO_LONG).refused


def test_nothing_is_vouched_for_while_it_is_under_way(work: Work, scripted: Scripted) -> None:
    seen: list[str] = []
    install = scripted.install

    def look(name: str, how: str, *, over: bool) -> Outcome:
        seen.append(equip(ONE).environment)
        return install(name, how, over=over)

    scripted.install = look  # type: ignore[method-assign]
    work("a", "b")
    assert seen == ["", ""]


def test_what_is_no_longer_wanted_does_not_keep_it_from_use(work: Work, scripted: Scripted) -> None:
    work("a")
    manifest = read_manifest(scripted.folder)
    assert manifest
    manifest.doing = "left out of the catalogue since"
    write_manifest(scripted.folder, manifest)
    assert work("a") == []
    assert equip(ONE).environment
