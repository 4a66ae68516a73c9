"""Interpreters side by side: what each is, has, and can run. Tier 1. How that is shown is the command line's part."""

from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor

import msgspec

from concur.errors import MachineError
from concur.interpreters.describe import Interpreter
from concur.interpreters.environments import gil_raisers
from concur.interpreters.tree import ask_catalogue, reasons_not_to_run, tier0_tree

AT_ONCE = 4


class Standing(msgspec.Struct, kw_only=True):
    """One interpreter; its fields are the stable names of `concur interpreters --json`.

    gil is "on" or "off", before any import; environment is the folder of the one
    prepared for it, or of the virtual environment that it is, else empty;
    libraries maps those of the models' that are there to their versions, refused
    the others to the reason where there is one; models maps each model's id to why
    it cannot run, empty where it can; broken is why the interpreter cannot be used.
    """

    short: str
    executable: str
    implementation: str
    version: str
    own_version: str
    gil: str
    free_threaded: bool
    jit_available: bool
    jit_enabled: bool
    build: str
    compiler: str
    is_virtual: bool
    environment: str
    libraries: dict[str, str]
    turns_gil_on: list[str]
    refused: dict[str, str]
    models: dict[str, str]
    broken: str

    @property
    def runs(self) -> int:
        """How many models it can run."""
        return sum(not reason for reason in self.models.values())


def survey(interpreters: Iterable[Interpreter]) -> list[Standing]:
    """Each as it stands, in the same order; those that can be used are asked what they can run, in parallel.

    Raises MachineError where the cache has no place for what they are asked with.
    """
    tier0_tree()
    with ThreadPoolExecutor(AT_ONCE) as pool:
        return list(pool.map(_standing, interpreters))


def _standing(one: Interpreter) -> Standing:
    libraries, models, broken = one.libraries, {}, one.broken
    if not broken:
        try:
            abilities = ask_catalogue(one)
            libraries, models = abilities.libraries, reasons_not_to_run(one, abilities)
        except MachineError as error:
            broken = str(error)
    return Standing(
        short=one.short,
        executable=one.executable,
        implementation=one.implementation,
        version=one.version,
        own_version=one.own_version,
        gil=one.gil,
        free_threaded=one.free_threaded,
        jit_available=one.jit is not None,
        jit_enabled=one.jit == "on",
        build=one.build,
        compiler=one.compiler,
        is_virtual=one.is_virtual,
        environment=one.environment or (one.prefix if one.is_virtual else ""),
        libraries=libraries,
        turns_gil_on=gil_raisers(one),
        refused=one.refused,
        models=models,
        broken=broken,
    )
