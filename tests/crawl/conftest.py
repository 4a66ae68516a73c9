"""What the tests of the crawler share: a web that exists only as a table, and a crawl of it by a clock of its own."""

from importlib.util import module_from_spec, spec_from_file_location
from pathlib import Path
from types import ModuleType

import pytest


@pytest.fixture(scope="session")
def pretend() -> ModuleType:
    """`pretend.py`, which is no test and so not to be imported by name."""
    spec = spec_from_file_location("pretend", Path(__file__).with_name("pretend.py"))
    assert spec
    assert spec.loader
    module = module_from_spec(spec)
    spec.loader.exec_module(module)
    return module
