"""What was asked for, as `Asked`: models and interpreters by name, and why some cannot be had. Tier 1."""

import os
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor

from concur import catalog
from concur.bench.placement import usable_cpus
from concur.errors import ConcurError, MachineError
from concur.gil.points import Asked
from concur.interpreters.describe import Interpreter
from concur.interpreters.find import resolve_many
from concur.interpreters.tree import missing_models, tier0_tree

AT_ONCE = 4


def choose_asked(models: str, interpreters: str, *, seed: int = 1, quick: bool = False) -> tuple[Asked, list[str]]:
    """Names, comma-separated (`all`, and `default` of models), as `Asked`; and a line for what cannot be had.

    Raises UsageError for a name that nothing bears, MachineError where no interpreter is left.
    """
    found = {one.short: one for one in resolve_many(interpreters)}
    missing, notes = _missing(found)
    if not missing:
        raise MachineError("none of these interpreters can be used", why="; ".join(notes))
    if bare := [short for short in missing if not (found[short].environment or found[short].is_virtual)]:
        remedy = f"`concur interpreters prepare {' '.join(bare)}` installs what models need"
        notes.append(f"nothing is prepared for {', '.join(bare)}: {remedy}")
    asked = Asked(
        interpreters={short: one for short, one in found.items() if short in missing},
        models=_model_names(models),
        missing=missing,
        cpus=len(usable_cpus() or range(os.cpu_count() or 1)),
        seed=seed,
        quick=quick,
    )
    return asked, notes


def _model_names(text: str) -> list[str]:
    groups = {
        "all": [row.id for row in catalog.MODELS],
        "default": [row.id for row in catalog.MODELS if row.default],
    }
    names = [part.strip() for part in text.split(",") if part.strip()]
    chosen = [each for name in names for each in groups.get(name, [name])]
    return list(dict.fromkeys(catalog.model(name).id for name in chosen))


def _missing(found: Mapping[str, Interpreter]) -> tuple[dict[str, dict[str, str]], list[str]]:
    """By interpreter, why it cannot run each model; and a line for each interpreter that cannot say.

    Raises MachineError where the cache has no place for what they are asked with.
    """
    tier0_tree()
    with ThreadPoolExecutor(AT_ONCE) as pool:
        answers = dict(zip(found, pool.map(_ask, found.values()), strict=True))
    missing = {short: answer for short, answer in answers.items() if isinstance(answer, dict)}
    return missing, [str(answer) for answer in answers.values() if isinstance(answer, ConcurError)]


def _ask(one: Interpreter) -> dict[str, str] | ConcurError:
    try:
        return missing_models(one)
    except ConcurError as error:
        return error
