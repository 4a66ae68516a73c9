"""What tests of the promises share: a finding of a server, of which many are bad on purpose."""

import shlex
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from concur.bench.plan import Target
from concur.conformance import Finding, check_echo
from concur.interpreters.find import current

SERVERS = Path(__file__).parent / "servers"
Find = Callable[..., Finding]


@pytest.fixture(autouse=True)
def cache(tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CONCUR_CACHE", str(tmp_path_factory.getbasetemp() / "cache"))


@pytest.fixture(scope="session")
def own() -> Callable[[str], Target]:
    """A server of this folder, under the contract."""
    return lambda name: Target(kind="own", name=str(SERVERS / f"{name}.py"), interpreter=current())


@pytest.fixture(scope="session")
def command() -> Callable[[str], Target]:
    """A server of this folder, as any command."""

    def made(name: str) -> Target:
        words = [sys.executable, str(SERVERS / f"{name}.py")]
        return Target(kind="command", name=f"{shlex.join(words)} {{port}}", interpreter=current())

    return made


@pytest.fixture(scope="session")
def find() -> Find:
    """The one finding of a promise of a target."""
    return lambda target, promise, **how: check_echo(target, [promise], **how)[0]
