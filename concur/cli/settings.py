"""Where an option comes from: the flag, else CONCUR_*, else the plan file, else [tool.concur], else the default."""

import os
import tomllib
from collections.abc import Callable, Collection, Mapping
from pathlib import Path
from typing import Any, NamedTuple, TypeVar

from concur.errors import UsageError, unknown

T = TypeVar("T")


class Setting(NamedTuple):
    """A value as it was written, and who wrote it."""

    value: str
    source: str

    def read(self, name: str, how: Callable[[str], T]) -> T:
        """What it means. Raises the UsageError of `how` with where it was written: nobody looks for it elsewhere."""
        try:
            return how(self.value)
        except UsageError as error:
            raise UsageError(f"{self._place(name)}: {error.what}", why=error.why, do=error.do) from None

    def _place(self, name: str) -> str:
        if self.source == "flag":
            return f"--{name.replace('_', '-')}"
        return self.source if self.source.startswith("CONCUR_") else f"{name} in {self.source}"


# The options of `concur bench` that may be set elsewhere, with their defaults. A list's items stand on lines of
# their own; names may be separated by commas too.
BENCH = {
    "models": "default",
    "interpreters": "",
    "scenarios": "small,steady",
    "rounds": "3",
    "duration": "0.8s",
    "warmup": "2s",
    "connections": "",
    "payload": "",
    "rate": "",
    "place": "",
    "offload": "",
    "beside": "",
    "switch_interval": "",
    "timeout": "5s",
    "reference": "threads",
    "seed": "1",
    "workers": "1",
    "pool": "",
    "command": "",
    "env": "",
    "until": "",
    "budget": "",
    "twin": "yes",
    "turns": "1",
    "explain": "no",
    "strict": "no",
    "fail_if": "",
    "rate_sweep": "no",
    "keep": "",
}


def refuse_others(
    who: str,
    flags: Mapping[str, str | None],
    exports: Mapping[str, str | None],
    *,
    taken: Collection[str],
    taken_exports: Collection[str],
    do: str,
) -> None:
    """Raises UsageError for options that were given, and have no meaning to `who`. do: which ones have."""
    given = [name for name, value in flags.items() if value is not None and name not in taken]
    given += [f"export_{name}" for name, value in exports.items() if value is not None and name not in taken_exports]
    if given:
        named = ", ".join(f"--{name.replace('_', '-')}" for name in given)
        raise UsageError(f"{who} goes without {named}", do=do)


def merge(flags: Mapping[str, str | None], plan_file: Path | None) -> dict[str, Setting]:
    """Each option's setting. Raises UsageError for a file that cannot be read or that sets what there is not."""
    layers: list[tuple[str, Mapping[str, Any]]] = [
        ("flag", {name: value for name, value in flags.items() if value is not None}),
        ("CONCUR_*", _from_environment(flags)),
        (str(plan_file), _from_file(plan_file, flags) if plan_file else {}),
        ("[tool.concur]", _from_project(flags)),
    ]
    return {name: _first(name, layers) for name in flags}


def _first(name: str, layers: list[tuple[str, Mapping[str, Any]]]) -> Setting:
    for source, values in layers:
        if name in values:
            return Setting(_text(values[name]), f"CONCUR_{name.upper()}" if source == "CONCUR_*" else source)
    return Setting(BENCH[name], "default")


def _text(value: object) -> str:
    return "\n".join(map(str, value)) if isinstance(value, list) else str(value)


def _from_environment(names: Mapping[str, object]) -> dict[str, str]:
    set_there = {name: os.environ.get(f"CONCUR_{name.upper()}") for name in names}
    return {name: value for name, value in set_there.items() if value}


def _from_file(path: Path, names: Mapping[str, object]) -> Mapping[str, Any]:
    try:
        return _known(tomllib.loads(path.read_text("utf-8")), names, str(path))
    except OSError as error:
        raise UsageError(f"cannot read the plan {path}", why=error.strerror or str(error)) from None
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise UsageError(f"{path} is not TOML", why=str(error), do="A plan has lines such as: rounds = 12") from None


def _from_project(names: Mapping[str, object]) -> Mapping[str, Any]:
    """The nearest pyproject.toml's [tool.concur], if there is one."""
    try:
        here = Path.cwd()
    except OSError as error:
        raise UsageError("there is no current folder", why=error.strerror or str(error), do="Change to one.") from None
    for folder in (here, *here.parents):
        path = folder / "pyproject.toml"
        if path.is_file():
            return _known(_table(path), names, f"{path} [tool.concur]")
    return {}


def _table(path: Path) -> Mapping[str, Any]:
    try:
        table = tomllib.loads(path.read_text("utf-8"))
    except (OSError, tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise UsageError(f"cannot read {path}", why=str(error)) from None
    for name in ("tool", "concur"):
        table = table.get(name, {})
        if not isinstance(table, dict):
            raise UsageError(f"{name} in {path} is no table", do="Write [tool.concur], and settings below it.")
    return table


def _known(values: Mapping[str, Any], names: Mapping[str, object], where: str) -> Mapping[str, Any]:
    for name in values:
        if name not in names:
            raise unknown(f"setting in {where}", name, names)
    return values
