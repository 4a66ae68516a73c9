"""The table of models is true, and can be asked where nothing is installed."""

import ast
import dataclasses
import subprocess
import sys
from pathlib import Path

import pytest

from concur import catalog
from concur.catalog import COPIES, MODELS, ONE, PROMISES, Model, missing, model
from concur.errors import UsageError

ROOT = Path(__file__).resolve().parents[1]
NOT_INSTALLED = {"_typeshed", "stackless"}  # known to type checkers alone; of PyPy's standard library


def test_ids_are_unique() -> None:
    assert len({row.id for row in MODELS}) == len(MODELS)


@pytest.mark.parametrize("row", MODELS, ids=lambda row: row.id)
def test_a_row_has_a_module_for_each_service(row: Model) -> None:
    for service in row.services:
        assert Path(catalog.__file__).with_name(service).joinpath(f"{row.id}.py").is_file()


def test_a_module_of_a_service_has_a_row() -> None:
    files = {path.stem for path in Path(catalog.__file__).with_name("echo").glob("*.py")}
    assert files - {"__init__", "contract", "dose", "forked", "isolated", "offload", "stop"} == {
        row.id for row in MODELS if "echo" in row.services
    }


@pytest.mark.parametrize("row", MODELS, ids=lambda row: row.id)
def test_a_model_imports_what_it_needs_and_nothing_else_from_outside(row: Model) -> None:
    imported = imports(f"concur.echo.{row.id}")
    kernel = [imports(name) for name in imported if name.startswith("concur.kernel.")]  # greenlet is in tasklets' one
    outside = {name.split(".")[0] for name in imported.union(*kernel)} - sys.stdlib_module_names - {"concur"}
    assert outside - NOT_INSTALLED == set(row.needs)


def imports(module: str) -> set[str]:
    """The modules that one names in its imports."""
    tree = ast.parse((ROOT / f"{module.replace('.', '/')}.py").read_text())
    imported = {name.name for node in ast.walk(tree) if isinstance(node, ast.Import) for name in node.names}
    return imported | {str(node.module) for node in ast.walk(tree) if isinstance(node, ast.ImportFrom)}


@pytest.mark.parametrize("row", MODELS, ids=lambda row: row.id)
def test_what_a_row_declares_is_known(row: Model) -> None:
    assert row.unmet.keys() <= PROMISES.keys()
    assert all(row.unmet.values())
    assert set(row.not_as) <= set(COPIES)
    assert all(row.not_as.values())
    assert row.topologies == (ONE, *(kind for kind in COPIES if kind not in row.not_as))
    assert row.max_active in (None, row.pool) or row.pool is None


def test_a_pool_of_another_size_serves_as_many_more_or_fewer() -> None:
    assert model("prefork").active(3) == 3
    assert model("prefork").active() == model("prefork").pool
    assert model("sequential").active(3) == 1
    assert model("subinterpreters").active(3) is None


def test_no_model_is_named_like_a_module_that_it_would_shadow() -> None:
    assert not {row.id for row in MODELS} & (sys.stdlib_module_names | {"gevent", "uvloop", "greenlet", "trio"})


def test_a_model_is_found_by_its_id() -> None:
    assert model("threads").id == "threads"


def test_an_unknown_model_is_answered_with_the_nearest() -> None:
    with pytest.raises(UsageError, match=r"unknown model 'corutines'. Did you mean coroutines"):
        model("corutines")


def test_a_missing_library_is_named_with_the_interpreter() -> None:
    row = dataclasses.replace(model("threads"), needs=("no_such_library", "json"))
    assert missing(row) == f"needs no_such_library, not installed in {sys.executable}"


def test_an_interpreter_too_old_is_told_what_is_needed() -> None:
    assert missing(dataclasses.replace(model("threads"), minimum_python=(3, 99))) == "needs Python 3.99"


def test_the_table_can_be_asked_where_nothing_is_installed() -> None:
    ask = "from concur.catalog import MODELS, missing; print([row.id for row in MODELS if missing(row)])"
    done = subprocess.run(
        [sys.executable, "-S", "-c", ask], cwd=ROOT, capture_output=True, text=True, timeout=15, check=True
    )
    too_new = [row.id for row in MODELS if row.minimum_python > sys.version_info]
    assert ast.literal_eval(done.stdout) == [row.id for row in MODELS if row.needs or row.id in too_new]
