"""Names of models and interpreters, as what is to be measured."""

import sys

import pytest

from concur import catalog
from concur.errors import UsageError
from concur.gil.choosing import choose_asked


def test_groups_and_names_of_models_are_taken_once_each():
    asked, _ = choose_asked("default,threads,trio_tasks", sys.executable)
    assert asked.models == [*(row.id for row in catalog.MODELS if row.default), "trio_tasks"]


def test_all_are_all_of_the_catalogue():
    asked, _ = choose_asked("all", sys.executable)
    assert asked.models == [row.id for row in catalog.MODELS]


def test_what_an_interpreter_cannot_run_is_known_before_anything_is_measured():
    asked, _ = choose_asked("subinterpreters", sys.executable)
    (short,) = asked.interpreters
    assert bool(asked.why_missing(short, "subinterpreters")) == (sys.version_info < (3, 14))
    assert asked.why_missing(short, "threads") == ""


@pytest.mark.parametrize("models", ["thread", "all,nothing"])
def test_a_name_that_nothing_bears_is_refused(models):
    with pytest.raises(UsageError, match="unknown model"):
        choose_asked(models, sys.executable)
