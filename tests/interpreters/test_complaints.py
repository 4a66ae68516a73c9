"""What uv and pip said when they failed, and what is made of it. The outputs are real ones, shortened."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from concur.interpreters.complaints import (
    LIMIT_CHARACTERS,
    gist_of,
    is_unreachable,
    no_room,
    offers_none,
    shortened,
)

PIP_BUILD = """\
  Getting requirements to build wheel: finished with status 'error'
  error: subprocess-exited-with-error

  × Getting requirements to build wheel did not run successfully.
  │ exit code: 1
  ╰─> [20 lines of output]
      Traceback (most recent call last):
        File "<string>", line 22, in <module>
      RuntimeError: CFFI does not support the free-threaded build of CPython 3.13. Upgrade to free-threaded 3.14.
      [end of output]

  note: This error originates from a subprocess, and is likely not a problem with pip.
ERROR: Failed to build 'cffi' when getting requirements to build wheel
"""
UV_BUILD = """\
error: Failed to download and build `gevent==26.9.0`
  cause: Call to `setuptools.build_meta.get_requires_for_build_wheel` failed (exit status: 1)

         [stderr]
         Traceback (most recent call last):
         RuntimeError: CFFI does not support the free-threaded build of CPython 3.13. Upgrade to free-threaded 3.14.
"""
COMPILER = """\
      building 'x' extension
      gcc -c src/x.c -o build/x.o
      src/x.c:12:10: fatal error: Python.h: No such file or directory
      compilation terminated.
      src/y.c:1:1: error: something that follows
      error: command '/usr/bin/gcc' failed with exit code 1
ERROR: Failed building wheel for x
"""
NO_COMPILER = """\
      building 'x' extension
      error: command 'gcc' failed: No such file or directory
      [end of output]
  ERROR: Failed building wheel for x
"""
IMPORT = """\
Traceback (most recent call last):
  File "<string>", line 7, in <module>
ImportError: /a/long/way/site-packages/uvloop/loop.so: undefined symbol: PyContext_CopyCurrent
"""


@pytest.mark.parametrize(
    ("output", "gist"),
    [
        (PIP_BUILD, "RuntimeError: CFFI does not support the free-threaded build of CPython 3.13"),
        (UV_BUILD, "RuntimeError: CFFI does not support the free-threaded build of CPython 3.13"),
        (COMPILER, "Python.h: No such file or directory"),
        (NO_COMPILER, "command 'gcc' failed: No such file or directory"),
        (IMPORT, "ImportError: loop.so: undefined symbol: PyContext_CopyCurrent"),
        ("Segmentation fault\n", "Segmentation fault"),
        ("", "it said nothing"),
    ],
)
def test_the_gist_is_the_line_that_says_most(output: str, gist: str) -> None:
    assert gist_of(output) == gist


@given(st.text())
def test_a_gist_is_one_short_line(output: str) -> None:
    gist = gist_of(output)
    assert len(gist.splitlines()) <= 1
    assert len(gist) <= LIMIT_CHARACTERS


def test_what_is_too_long_is_cut_where_it_can_be_seen() -> None:
    assert shortened("x" * 500) == "x" * (LIMIT_CHARACTERS - 1) + "…"
    assert shortened("y" * LIMIT_CHARACTERS) == "y" * LIMIT_CHARACTERS


@pytest.mark.parametrize(
    "output",
    [
        "ERROR: Could not install packages due to an OSError: [Errno 28] No space left on device",
        "error: Failed to write: Disk quota exceeded (os error 122)",
    ],
)
def test_a_full_disk_is_known(output: str) -> None:
    assert no_room(output) in output
    assert no_room(output)


@pytest.mark.parametrize(
    "output",
    [
        "WARNING: Retrying after connection broken by 'NewConnectionError(\"Connection refused\")': /x/\n"
        "ERROR: Could not find a version that satisfies the requirement x (from versions: none)",
        "error: Request failed after 3 retries in 12.3s\n  cause: error sending request for url (http://127.0.0.1:9/)",
        "error: incomplete-download",
    ],
)
def test_an_index_out_of_reach_is_known(output: str) -> None:
    assert is_unreachable(output)


@pytest.mark.parametrize(
    "output",
    [
        "ERROR: Could not find a version that satisfies the requirement x (from versions: none)",
        "  cause: Because x was not found in the package registry and you require x, we can conclude that",
    ],
)
def test_what_the_index_has_not_is_known(output: str) -> None:
    assert offers_none(output)


@pytest.mark.parametrize("output", [PIP_BUILD, UV_BUILD, COMPILER, IMPORT])
def test_a_failed_build_is_none_of_these(output: str) -> None:
    assert no_room(output) == ""
    assert not is_unreachable(output)
    assert not offers_none(output)
