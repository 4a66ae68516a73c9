from pathlib import Path

import msgspec
import pytest

from concur.catalog import MODELS
from concur.errors import MachineError
from concur.interpreters import survey as module
from concur.interpreters.describe import Interpreter
from concur.interpreters.environments import Library, Manifest, equip, folder_of, python_in, write_manifest
from concur.interpreters.find import current
from concur.interpreters.survey import survey
from concur.interpreters.tree import Abilities

BROKEN = Interpreter(short="x", executable="/x", broken="it gave no answer within 10 s")


def test_this_interpreter_stands_as_it_is() -> None:
    (one,) = survey([current()])
    assert (one.short, one.executable, one.broken) == (current().short, current().executable, "")
    assert list(one.models) == [row.id for row in MODELS]
    assert one.models["threads"] == ""
    assert one.runs == sum(not reason for reason in one.models.values())


def test_a_virtual_environment_is_its_own_environment() -> None:
    virtual = msgspec.structs.replace(current(), prefix="/here", base_prefix="/there")
    assert [(one.is_virtual, one.environment) for one in survey([virtual])] == [(True, "/here")]


def test_a_prepared_one_has_what_its_environment_has(real: Interpreter) -> None:
    folder = folder_of(real)
    python_in(folder).parent.mkdir(parents=True)
    python_in(folder).symlink_to(real.executable)
    libraries = {
        "gevent": Library(refused="no wheel, build failed: x"),
        "greenlet": Library(version="1", how="wheel", turns_gil_on=True),
    }
    write_manifest(folder, Manifest(executable=real.executable, version=real.version, libraries=libraries))
    (one,) = survey([equip(real)])
    assert one.environment == str(folder)
    assert one.models["gevent_greenlets"] == "gevent: no wheel, build failed: x"
    assert (one.turns_gil_on, one.refused) == (["greenlet"], {"gevent": "no wheel, build failed: x"})


def test_broken_ones_are_not_asked(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "ask_catalogue", lambda one: pytest.fail("was asked"))
    assert [(one.short, one.broken, one.models) for one in survey([BROKEN])] == [("x", BROKEN.broken, {})]


def test_one_that_gives_no_answer_is_broken_and_the_others_are_not(tmp_path: Path) -> None:
    mute = Interpreter(short="mute", executable="/bin/false")
    assert [bool(one.broken) for one in survey([mute, current()])] == [True, False]


@pytest.mark.parametrize(("jit", "shown"), [(None, (False, False)), ("off", (True, False)), ("on", (True, True))])
def test_a_jit_is_there_or_on_or_neither(
    jit: str | None, shown: tuple[bool, bool], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "ask_catalogue", lambda one: Abilities(reasons={}, absent={}, libraries={}))
    (one,) = survey([Interpreter(short="x", executable="/x", jit=jit)])
    assert (one.jit_available, one.jit_enabled) == shown


def test_a_cache_without_room_is_one_error(cache: Path) -> None:
    cache.touch()
    with pytest.raises(MachineError, match="CONCUR_CACHE"):
        survey([current(), current()])
