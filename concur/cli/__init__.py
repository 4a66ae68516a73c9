"""The command line: one file per verb, each with one function of the verb's name.

Here live the list of verbs, what happens before a verb (global options) and
after (errors, exit status). No verb's work lives here: a verb's module reads
what was typed, calls the tier below, and prints. A verb's module is imported
only when that verb is asked for, and imports what is heavy inside its function,
so that `concur --help` answers at once. Read `models.py` first.
"""

import errno
import importlib
import io
import os
import signal
import sys
import traceback
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from types import FrameType
from typing import Annotated, Any

import typer
from typer.core import TyperCommand, TyperGroup

import concur
from concur.errors import ConcurError, MachineError, unknown

VERBS = {
    "bench": "Measure models against each other, and explain the figures.",
    "compare": "Compare runs with each other; fail where a condition holds.",
    "report": "Make a page of a run: one HTML file with every figure explained.",
    "serve": "Serve with one model until interrupted.",
    "load": "Send load to a server and verify every byte that returns.",
    "check": "Check what a server promises: a model, a file of your own, a command.",
    "web": "Serve a synthetic web for crawlers, and say what a correct one fetches.",
    "crawl": "Crawl a site politely in any model; report what is broken or slow.",
    "gil": "Find out what the GIL does to a service, and what Pythons do in parallel.",
    "labs": "Learn it: predict, run, mend until it passes; the course lab by lab.",
    "slides": "Teach it: build the talk, draw its figures here, run its code on stage.",
    "models": "List the models and whether they can run here.",
    "interpreters": "List the Pythons of this machine; `prepare` makes them environments.",
    "doctor": "Say what this machine can measure; test the measuring itself.",
}

# Options that mean the same before and after the verb: people add them to the end of a line that failed.
EVERYWHERE = ("--debug", "--no-color")
ENDINGS = (signal.SIGTERM, signal.SIGHUP)
FULL = (errno.ENOSPC, errno.EDQUOT)
# What serves passes its arguments on, those included that only it understands.
PASS_ON = {"ignore_unknown_options": True, "allow_extra_args": True, "help_option_names": []}


class Verbs(TyperGroup):
    """The verbs by name. Help is made of VERBS alone; a verb's module is imported to run it."""

    def list_commands(self, ctx: Any) -> list[str]:
        return list(VERBS)

    def get_command(self, ctx: Any, cmd_name: str) -> Any:
        return TyperCommand(cmd_name, help=VERBS[cmd_name], rich_markup_mode=None) if cmd_name in VERBS else None

    def resolve_command(self, ctx: Any, args: list[str]) -> Any:
        name, *rest = args
        if name not in VERBS:
            raise unknown("command", name, VERBS, do="`concur --help` lists them.")
        return name, load_verb(name), rest


def load_verb(name: str) -> Any:
    """The command of a verb, made of the function `name` in the module of that name, or of its `group` of sub-verbs."""
    module = importlib.import_module(f"concur.cli.{name}")
    if hasattr(module, "group"):
        return typer.main.get_command(module.group)
    verb = typer.Typer(add_completion=False, rich_markup_mode=None, pretty_exceptions_enable=False)
    verb.command(name=name, context_settings=PASS_ON if name == "serve" else None)(getattr(module, name))
    return typer.main.get_command(verb)


app = typer.Typer(
    cls=Verbs, no_args_is_help=True, add_completion=False, rich_markup_mode=None, pretty_exceptions_enable=False
)


def _version(asked: bool) -> None:
    if asked:
        sys.stdout.write(f"concur {concur.__version__}\n")
        raise typer.Exit


@app.callback(epilog="`concur VERB --help` says more of each. Start with `concur bench`.")
def options(
    debug: Annotated[bool, typer.Option("--debug", help="Show the traceback of an error.")] = False,
    no_color: Annotated[bool, typer.Option("--no-color", help="No colours, as NO_COLOR=1.")] = False,
    version: Annotated[bool, typer.Option("--version", callback=_version, is_eager=True, help="Say it.")] = False,
) -> None:
    """One networked service, written for every way Python has of doing many things at a time, and measured."""
    if no_color:
        os.environ["NO_COLOR"] = "1"


def main(arguments: Sequence[str] | None = None) -> None:
    """The console script: runs one verb and exits with its status.

    0 ok; 1 it ran, but a check failed; 2 usage or environment; 130 interrupted (typer sees to that).
    """
    arguments = globals_first(sys.argv[1:] if arguments is None else arguments)
    if isinstance(sys.stdout, io.TextIOWrapper):
        sys.stdout.reconfigure(errors="replace")  # a terminal without µ or × shows a question mark, and the figures
    try:
        with endings_heard():
            typer.main.get_command(app)(arguments, prog_name="concur")
    except ConcurError as error:
        if "--debug" in arguments:
            traceback.print_exc()
        sys.stderr.write(f"concur: {error}\n")
        sys.exit(error.status)
    except OSError as error:
        if error.errno not in FULL or "--debug" in arguments:
            raise
        sys.stdout = None  # what it still holds would be refused once more at the exit
        what = f"{error.filename or 'what was to be said'} cannot be written"
        sys.stderr.write(f"concur: {MachineError(what, why=error.strerror or '', do='Make room.')}\n")
        sys.exit(MachineError.status)


@contextmanager
def endings_heard() -> Iterator[None]:
    """`kill`, and a terminal that closes, end a verb as Ctrl-C does: nothing is lost, and no process is left."""
    heard = [number for number in ENDINGS if signal.getsignal(number) is signal.SIG_DFL]  # nohup has one ignored
    for number in heard:
        signal.signal(number, _as_interrupt)
    try:
        yield
    finally:
        for number in heard:
            signal.signal(number, signal.SIG_DFL)


def _as_interrupt(_number: int, frame: FrameType | None) -> None:
    heard = signal.getsignal(signal.SIGINT)
    if not callable(heard):  # a shell ignores it for what runs in the background
        raise KeyboardInterrupt
    heard(signal.SIGINT, frame)


def globals_first(arguments: Sequence[str]) -> list[str]:
    """The arguments with the options that may stand anywhere moved to the front; what follows `--` is left alone."""
    end = list(arguments).index("--") if "--" in arguments else len(arguments)
    ours, rest = arguments[:end], arguments[end:]
    moved = [argument for argument in ours if argument in EVERYWHERE]
    return [*moved, *(argument for argument in ours if argument not in EVERYWHERE), *rest]
