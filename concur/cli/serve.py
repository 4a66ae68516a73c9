"""`concur serve MODEL`: hands its arguments to tier 0's program, here or in another interpreter."""

import os
import sys
from typing import Annotated

import typer


def serve(
    context: typer.Context,
    interpreter: Annotated[
        str | None, typer.Option("-i", "--interpreter", metavar="NAME", help="Serve in another interpreter.")
    ] = None,
) -> None:
    """Serve with one model until interrupted; one JSON line says when it is ready."""
    if interpreter is not None:
        _become(interpreter, context.args)
    import concur.serve as program

    sys.argv[0] = "concur serve"  # as argparse calls it in its messages
    raise typer.Exit(program.main(context.args) or 0)


def _become(name: str, arguments: list[str]) -> None:
    """Replaces this process by the named interpreter, serving; it sees tier 0 alone."""
    from concur.errors import MachineError
    from concur.interpreters.find import resolve
    from concur.interpreters.tree import tier0_tree

    chosen = resolve(name)
    env = os.environ | chosen.env | {"PYTHONPATH": str(tier0_tree())}
    try:
        # -P: a `selectors.py` in the current folder must not shadow the real one
        os.execve(chosen.python, [chosen.python, "-P", "-m", "concur.serve", *arguments], env)
    except OSError as error:
        raise MachineError(f"{chosen.executable} cannot be started", why=error.strerror or str(error)) from None
