"""Executables that answer as they are told, in place of interpreters."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from concur.interpreters.describe import MARK

Fake = Callable[..., Path]


def answer(executable: Path, version: str, **changed: Any) -> dict[str, Any]:
    """What PROGRAM would print there."""
    said: dict[str, Any] = {
        "implementation": "CPython",
        "version": version,
        "version_info": [int(part) for part in version.split(".")[:2]],
        "own_version": "",
        "free_threaded": False,
        "jit_available": False,
        "jit_enabled": False,
        "executable": str(executable),
        "prefix": str(executable.parent.parent),
        "compiler": "",
        "build": "",
    }
    return said | changed


@pytest.fixture
def script() -> Fake:
    """Makes an executable shell script."""

    def make(path: Path, body: str) -> Path:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(f"#!/bin/sh\n{body}\n")
        path.chmod(0o755)
        return path

    return make


@pytest.fixture
def interpreter(script: Fake) -> Fake:
    """Makes an executable that describes itself as an interpreter of that version."""

    def make(path: Path, version: str, **changed: Any) -> Path:
        with_jit = json.dumps(answer(path, version, **changed) | {"jit_enabled": True})
        plain = json.dumps(answer(path, version, **changed))
        return script(path, f"if [ \"$PYTHON_JIT\" = 1 ]; then echo '{MARK}{with_jit}'; else echo '{MARK}{plain}'; fi")

    return make
