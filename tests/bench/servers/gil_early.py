"""A server that imports an extension which turns the GIL back on, as its module is loaded."""

import turns_gil_on  # type: ignore[import-not-found]  # noqa: F401 # built by the test, for the interpreter under test

from concur.echo.threads import serve as serve
