"""Models of the standard library alone run on every interpreter that CONCUR_INTERPRETER_PATH names, and drain there."""

import os
import random
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from concur import catalog

if TYPE_CHECKING:
    from tests.conftest import Exchange, StartTarget

NAMES = ("pypy3.11", "python3.13t", "python3.14", "python3.15")
TIER_0 = ("__init__.py", "catalog.py", "serve.py", "errors.py", "echo", "kernel")
PACKAGE = Path(catalog.__file__).parent
NOTHING = {"threads": 0, "connections": 0, "descriptors": 0, "children": 0}


@pytest.fixture(scope="module", params=NAMES)
def interpreter(request: pytest.FixtureRequest) -> str:
    places = os.environ.get("CONCUR_INTERPRETER_PATH", "")
    found = shutil.which(request.param, path=places) if places else None
    if not found:
        pytest.skip(f"{request.param} is not in CONCUR_INTERPRETER_PATH")
    return str(found)


@pytest.fixture(scope="module")
def tree(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Tier 0 alone: our own site-packages would break another interpreter."""
    folder = tmp_path_factory.mktemp("tier0")
    (folder / "concur").mkdir()
    for name in TIER_0:
        source, copy = PACKAGE / name, folder / "concur" / name
        if source.is_dir():
            shutil.copytree(source, copy, ignore=shutil.ignore_patterns("__pycache__"))
        else:
            shutil.copy(source, copy)
    return folder


@pytest.mark.parametrize("model", [row.id for row in catalog.MODELS if not row.needs])
@pytest.mark.parametrize("dose", [[], ["--cpu", 1, "--wait", 0.001]], ids=["plain", "dosed"])
def test_bytes_are_exact_and_it_drains(
    interpreter: str,
    tree: Path,
    model: str,
    dose: list[object],
    start_target: "StartTarget",
    exchange: "Exchange",
    hear_out: Callable[..., bytes],
) -> None:
    target = start_target(model, *dose, python=[interpreter], pythonpath=tree)
    data = b"".join(b"%d\n" % number for number in range(20)) if dose else random.Random(1).randbytes(300_000)
    with target.connect() as connection:
        assert exchange(connection, [data[:1], data[1:77], data[77:]]) == data
        connection.sendall(b"last words\n")
        words = target.end()
        assert hear_out(connection) == b"last words\n"
    assert (words["accepted"], words["forced"], words["left"]) == (1, 0, NOTHING)


def test_a_missing_library_is_named(interpreter: str, tree: Path, start_target: "StartTarget") -> None:
    row = catalog.model("gevent_greenlets")
    with pytest.raises(AssertionError, match=rf"concur: {row.id} cannot run here: needs gevent, not installed in"):
        start_target(row.id, python=[interpreter, "-S"], pythonpath=tree)
