"""Runs of crawls, for all modules of concur/report that are about them."""

from importlib.util import module_from_spec, spec_from_file_location
from pathlib import Path
from types import ModuleType

import pytest

BUILDERS = Path(__file__).parents[2] / "bench" / "crawls" / "crawl_runs.py"


@pytest.fixture(scope="session")
def make() -> ModuleType:
    """The builders of `crawl_runs.py`, which are no test and so not to be imported by name."""
    spec = spec_from_file_location("crawl_runs", BUILDERS)
    assert spec
    assert spec.loader
    builders = module_from_spec(spec)
    spec.loader.exec_module(builders)
    return builders
