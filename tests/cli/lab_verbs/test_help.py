"""`concur labs --help`: each subverb with an example, and quickly."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from concur.cli.labs import SUBVERBS
from tests.cli.lab_verbs.builders import Labs


@pytest.mark.parametrize("name", SUBVERBS)
def test_each_subverb_has_help_with_an_example(labs: Labs, name: str) -> None:
    status, out, _ = labs(name, "--help")
    assert status == 0
    assert f"Usage: concur labs {name} " in out
    assert f"Example: `concur labs {name}" in " ".join(out.split())


def test_help_lists_every_subverb(labs: Labs) -> None:
    out = labs("--help")[1]
    assert all(f"\n  {name} " in out for name in SUBVERBS)


def test_help_imports_nothing_heavy() -> None:
    code = (
        "import sys; sys.argv = ['concur', 'labs', '--help']\nfrom concur.cli import main\n"
        "try: main()\nexcept SystemExit: print(*sys.modules, sep='\\n')"
    )
    environment = dict(os.environ) | {"PYTHONPATH": str(Path(__file__).parents[2])}
    shown = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, env=environment)
    assert not {"rich", "numpy", "msgspec", "matplotlib", "psutil", "asyncio"} & set(shown.stdout.split())
