"""From what was typed to what a run will do: which targets, in which topologies, which scenarios. Tier 1.

Nothing is started here, but that interpreters are asked what they lack. Errors
are for what does not exist or cannot be; what merely is not there is absent,
with its reason, and stays in the run.
"""

import os
import shlex
from collections.abc import Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import NamedTuple

import msgspec

from concur import catalog, topology
from concur.bench.plan import Target, is_meant
from concur.bench.scenarios import Scenario, scenario, sweep
from concur.errors import ConcurError, UsageError, unknown
from concur.interpreters.describe import Interpreter
from concur.interpreters.tree import missing_models, tier0_tree


def choose_targets(
    names: list[str],
    commands: list[str],
    interpreters: list[Interpreter],
    env: list[str],
    topologies: Sequence[str] = (catalog.ONE,),
    pool: int | None = None,
) -> list[Target]:
    """The targets asked for, on every interpreter in every topology, each variant of the environment beside the plain.

    names: ids, `all`, `default`, files, entry points. A command runs as it is,
    on no interpreter of ours. A model that cannot be had in a topology is absent,
    with the reason; but whoever names it, and gives no topology that it can have,
    is told at once. Raises UsageError for that, and for what does not exist.
    """
    kinds = {name: _kind(name) for name in _expand(names)}
    places = [(one, shape) for one in interpreters for shape in topologies]
    rows = {name: [_target(kind, name, *place, pool) for place in places] for name, kind in kinds.items()}
    targets = [each for column in zip(*rows.values(), strict=True) for each in column]
    for name in set(names) & set(rows):
        _refuse_if_impossible(name, rows[name])
    _refuse_pool_for_nobody(targets, pool)
    targets += [_command(text, interpreters[0]) for text in commands]
    if not targets:
        raise UsageError("no model or server is named", do="Name one, such as -m threads, or leave -m and --workers.")
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


def _kind(name: str) -> str:
    if name.endswith(".py") or os.sep in name:
        if not Path(name).expanduser().is_file():
            raise UsageError(f"there is no file {name}", do="Give the path of a Python file that has serve().")
        return "own"
    known = [row.id for row in catalog.MODELS]
    if name in known:
        return "model"
    if name in (points := _entry_points()):
        return "own"
    known += ["all", "default", *points]
    raise unknown("model", name, known, do="`concur models` lists them; a server of your own is named by its path.")


def _target(kind: str, name: str, interpreter: Interpreter, shape: str, pool: int | None) -> Target:
    if kind == "own":
        path = Path(name).expanduser()
        name = str(path.resolve()) if path.is_file() else name
        pool_of_it, active = pool, None
    else:
        row = catalog.model(name)
        pool_of_it = pool if row.pool else None
        active = row.active(pool_of_it)
    return Target(
        kind=kind,
        name=name,
        interpreter=interpreter,
        topology=shape,
        pool=pool_of_it,
        max_active=active,  # of one copy: the kernel may give all connections to the same one
        absent=_not_as(name, shape, interpreter),
    )


def read_topology(text: str) -> str:
    """`1`, or `2:processes` as "2 processes". Raises UsageError for what cannot be one."""
    return catalog.ONE if text == catalog.ONE else str(topology.parse(text))


def read_workers(text: str, option: str) -> str:
    """`2:processes` as "2 processes", as that option has it. Raises UsageError for what cannot be any."""
    return str(topology.parse(text, option))


def _not_as(name: str, shape: str, interpreter: Interpreter) -> str:
    """Why there cannot be copies of it as that kind on that interpreter; of a file, nothing is declared."""
    version = tuple(map(int, interpreter.version.split(".")[:2])) if interpreter.version else ()
    return catalog.not_as(name, shape.partition(" ")[2], version)


def _refuse_if_impossible(name: str, targets: list[Target]) -> None:
    """Raises UsageError for what was asked for by its name and can be had in no topology asked for."""
    if targets and all(each.absent for each in targets):
        raise UsageError(f"{name} cannot be had as {targets[0].topology}", why=targets[0].absent)


def _refuse_pool_for_nobody(targets: list[Target], pool: int | None) -> None:
    if pool and targets and not any(each.pool for each in targets):
        having = ", ".join(row.id for row in catalog.MODELS if row.pool)
        raise UsageError("none of these models has a pool", do=f"Those that have: {having}.")


def ask_what_is_missing(targets: list[Target]) -> list[Target]:
    """The same, those of the catalogue absent with the reason where their interpreter says that it cannot run them.

    Each interpreter is asked once; where one gives no answer, that is the reason.
    Raises MachineError where the cache has no place for what they are asked with.
    """
    tier0_tree()
    interpreters = {each.interpreter.short: each.interpreter for each in targets if each.kind == "model"}
    with ThreadPoolExecutor(max_workers=2) as pool:
        missing = dict(zip(interpreters, pool.map(_missing, interpreters.values()), strict=True))
    return [_with_reason(each, missing) for each in targets]


def _missing(interpreter: Interpreter) -> dict[str, str] | str:
    try:
        return missing_models(interpreter)
    except ConcurError as error:
        return str(error)


def _with_reason(target: Target, missing: dict[str, dict[str, str] | str]) -> Target:
    if target.kind != "model" or target.absent:
        return target
    said = missing[target.interpreter.short]
    return msgspec.structs.replace(target, absent=said if isinstance(said, str) else said.get(target.name, ""))


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
    return [_variant(setting, each) for each in chosen]


def _variant(setting: Setting, target: Target) -> Target:
    """The target with the variable set: absent where no interpreter could be so."""
    without_gil = (setting.name, setting.value) == ("PYTHON_GIL", "0") and not target.interpreter.free_threaded
    reason = "only a free-threaded build runs without its GIL" if without_gil else target.absent
    return msgspec.structs.replace(target, env={setting.name: setting.value}, absent=reason)


def check_reference(reference: str, targets: Iterable[Target]) -> None:
    """Raises UsageError with the nearest names if the reference is none of the targets."""
    known: list[str] = []
    for each in targets:
        if is_meant(reference, each.label, each.name, each.interpreter.short):
            return
        known += [each.label, f"{each.label}@{each.interpreter.short}"]
    raise unknown("reference", reference, dict.fromkeys(known), do="It is MODEL or MODEL@INTERPRETER of the run.")


Swept = int | Sequence[int] | None


def choose_scenarios(
    names: Iterable[str], *, connections: Swept = None, payload_bytes: Swept = None, **changes: object
) -> list[Scenario]:
    """The scenarios asked for, with what the command line changes in each; what one needs to come first is added.

    connections, payload_bytes: one value, or several, which make variants of each
    scenario, every number of connections with every payload. changes:
    rate_per_s, placement, offload, beside, switch_interval_s; None changes nothing.
    A rate makes a closed loop open. Raises UsageError for an offload where nothing is computed.
    """
    has_rate = changes.get("rate_per_s") is not None
    wanted = [each for name in names for each in ("" if has_rate else scenario(name).after, name) if each]
    if not wanted:
        raise UsageError("no scenario is named", do="Name some, such as -s small, or leave -s out.")
    if changes.get("offload") and not any(scenario(name).cpu_units for name in wanted):
        do = "Take one that computes: -s cpu, or mixed."
        raise UsageError(f"{', '.join(dict.fromkeys(wanted))}: there is no computing to offload", do=do)
    counts, sizes = _several(connections), _several(payload_bytes)
    return [
        variant for name in dict.fromkeys(wanted) for variant in sweep(_changed(scenario(name), changes), counts, sizes)
    ]


def _several(values: Swept) -> Sequence[int]:
    return () if values is None else (values,) if isinstance(values, int) else values


def _changed(one: Scenario, changes: dict[str, object]) -> Scenario:
    given = {name: value for name, value in changes.items() if value is not None}
    if "rate_per_s" in given:
        given["is_open"] = True
    return msgspec.structs.replace(one, **given)
