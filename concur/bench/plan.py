"""What a run will do: targets × scenarios, rounds, times. Tier 1; decided before anything starts."""

import os
import shlex
from pathlib import Path
from typing import NamedTuple

import msgspec

from concur import catalog
from concur.bench.scenarios import Scenario, scenario
from concur.errors import UsageError, unknown
from concur.interpreters.describe import Interpreter

DEFAULT_SCENARIOS = ("small", "steady")
DEFAULT_REFERENCE = "threads"


class Target(msgspec.Struct, frozen=True, kw_only=True):
    """What is measured: a model on an interpreter, a server of the user's own, or any command.

    kind: "model" is an id of the catalogue, "own" a file or an entry point
    under the same contract, "command" anything that serves a port.
    """

    kind: str
    name: str
    interpreter: Interpreter
    env: dict[str, str] = {}
    topology: str = catalog.ONE
    max_active: int | None = None

    @property
    def label(self) -> str:
        """How a table calls it: the model, and the environment that sets it apart."""
        shown = Path(self.name).stem if self.kind == "own" else self.name
        return " ".join([shown, *(f"{name}={value}" for name, value in self.env.items())])


class Plan(msgspec.Struct, frozen=True, kw_only=True):
    """A whole run. Times in seconds; warmup_s bounds the warm-up, which ends sooner when the rate is steady."""

    targets: list[Target]
    scenarios: list[Scenario]
    rounds: int = 3
    duration_s: float = 0.8
    warmup_s: float = 0.5
    reference: str = DEFAULT_REFERENCE
    seed: int = 1
    engine: str | None = None  # native or python; None takes what is there
    timeout_s: float = 5.0
    is_default: bool = False

    @property
    def trials(self) -> int:
        """How many trials it will take, at most."""
        return len(self.targets) * len(self.scenarios) * self.rounds

    def about_s(self) -> float:
        """A rough guess at how long it will take."""
        return self.trials * (self.duration_s + 0.6 * self.warmup_s + 0.5)


def choose_targets(
    names: list[str], commands: list[str], interpreters: list[Interpreter], env: list[str]
) -> list[Target]:
    """The targets asked for, on every interpreter, each variant of the environment beside the plain one.

    names: ids, `all`, `default`, files, entry points. A command runs as it is,
    on no interpreter of ours. Raises UsageError for what does not exist.
    """
    targets = [_named(name, one) for one in interpreters for name in _expand(names)]
    targets += [_command(text, interpreters[0]) for text in commands]
    for text in env:
        targets += _variants(_setting(text), targets)
    return targets


def _expand(names: list[str]) -> list[str]:
    expanded: list[str] = []
    for name in names:
        if name == "all":
            expanded += [row.id for row in catalog.MODELS]
        elif name == "default":
            expanded += [row.id for row in catalog.MODELS if row.default]
        else:
            expanded.append(name)
    return list(dict.fromkeys(expanded))


def _named(name: str, interpreter: Interpreter) -> Target:
    if name.endswith(".py") or os.sep in name:
        path = Path(name).expanduser()
        if not path.is_file():
            raise UsageError(f"there is no file {name}", do="Give the path of a Python file that has serve().")
        return Target(kind="own", name=str(path.resolve()), interpreter=interpreter)
    if name in _entry_points():
        return Target(kind="own", name=name, interpreter=interpreter)
    known = [row.id for row in catalog.MODELS] + ["all", "default", *_entry_points()]
    if name not in known:
        raise unknown("model", name, known, do="`concur models` lists them; a server of your own is named by its path.")
    return Target(kind="model", name=name, interpreter=interpreter, max_active=catalog.model(name).max_active)


def _entry_points() -> list[str]:
    from importlib.metadata import entry_points

    return [point.name for point in entry_points(group="concur.models")]


def _command(text: str, interpreter: Interpreter) -> Target:
    try:
        words = shlex.split(text)
    except ValueError as error:
        raise UsageError(f"cannot read --command '{text}'", why=str(error), do="Quote it as for a shell.") from None
    if not words or "{port}" not in text:
        raise UsageError(
            f"--command '{text}' does not say where the port goes", do="Write {port} in it: 'myserver --port {port}'."
        )
    return Target(kind="command", name=text, interpreter=interpreter)


class Setting(NamedTuple):
    """One --env: a variable, and the one model it is for, or none for all."""

    model: str
    name: str
    value: str


def _setting(text: str) -> Setting:
    left, is_there, value = text.partition("=")
    model, _, name = left.rpartition(":")
    if not is_there or not name:
        raise UsageError(f"cannot read --env '{text}'", do="Write NAME=VALUE, or MODEL:NAME=VALUE for one model.")
    return Setting(model, name, value)


def _variants(setting: Setting, targets: list[Target]) -> list[Target]:
    """The plain targets that a setting is for, all or those of its model, with the variable set."""
    plain = [each for each in targets if not each.env]
    chosen = [each for each in plain if setting.model in ("", each.name, each.label)]
    if not chosen:
        known = [each.label for each in plain]
        raise unknown("model", setting.model, known, do="--env MODEL:NAME=VALUE names one of the run.")
    return [msgspec.structs.replace(each, env={setting.name: setting.value}) for each in chosen]


def choose_scenarios(names: list[str], **changes: object) -> list[Scenario]:
    """The scenarios asked for, with what the command line changes in each; what one needs to come first is added.

    changes: connections, payload_bytes, rate_per_s, placement; None changes
    nothing. A rate makes a closed loop open.
    """
    chosen: list[Scenario] = []
    for name in dict.fromkeys(names):
        one = scenario(name)
        if one.after and changes.get("rate_per_s") is None and one.after not in [each.name for each in chosen]:
            chosen.append(_changed(scenario(one.after), changes))
        if one.name not in [each.name for each in chosen]:
            chosen.append(_changed(one, changes))
    return chosen


def _changed(one: Scenario, changes: dict[str, object]) -> Scenario:
    given = {name: value for name, value in changes.items() if value is not None}
    if "rate_per_s" in given:
        given["is_open"] = True
    return msgspec.structs.replace(one, **given)
