"""`concur labs`: the course, lab by lab. Its sub-verbs are in `lab_verbs/`, one file for each group of them.

Here live their list, the options that all of them share, and what is said
without one. As with the verbs, a sub-verb's module is imported when it is asked for.
"""

import functools
import importlib
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Annotated, Any, NamedTuple

import typer
from typer.core import TyperCommand, TyperGroup

from concur.errors import ConcurError, unknown


class Subverb(NamedTuple):
    """Where its function is, what it does, and how it is typed."""

    module: str
    function: str
    help: str
    example: str


SUBVERBS = {
    "list": Subverb("going", "list_labs", "List the labs: state, gates, minutes.", "concur labs list --json"),
    "start": Subverb("going", "start", "Begin a lab, or go back to one.", "concur labs start 5 --edit"),
    "next": Subverb("going", "next_lab", "Go on to the next lab.", "concur labs next"),
    "predict": Subverb(
        "predicting",
        "predict",
        "Say what you expect, before anything runs.",
        "concur labs predict --answer first-touch=1000",
    ),
    "run": Subverb(
        "running", "run", "Run the program, and see the counters beside your predictions.", "concur labs run"
    ),
    "check": Subverb("checking", "check", "Check work.py against the gates.", "concur labs check 5 --only interleave"),
    "watch": Subverb("watching", "watch", "Check again after each save.", "concur labs watch --interval 500ms"),
    "hint": Subverb("helping", "hint", "Show the next hint; it is recorded.", "concur labs hint"),
    "explain": Subverb(
        "explaining", "explain", "After passing: say why.", 'concur labs explain --choice b --sentence "Because …"'
    ),
    "solution": Subverb("helping", "solution", "Show one way that passes.", "concur labs solution --give-up"),
    "reset": Subverb("going", "reset", "Begin work.py anew; the old one is kept.", "concur labs reset 5"),
    "log": Subverb("looking_back", "log", "Your predictions against what was measured.", "concur labs log"),
    "verify": Subverb("checking", "verify", "Check all labs that are begun.", "concur labs verify"),
    "export": Subverb(
        "looking_back", "export", "Where you are, for a teacher.", "concur labs export --json > ada.json"
    ),
    "doctor": Subverb("machine", "doctor", "What this machine has for the labs.", "concur labs doctor"),
    "explore": Subverb("exploring", "explore", "Explore the schedules of a program.", "concur labs explore bank.py"),
    "schedule": Subverb("teaching", "schedule", "Plan a session.", "concur labs schedule --minutes 180 --at 9:00"),
    "class": Subverb("teaching", "show_class", "See where a class is.", "concur labs class exports/"),
    "new": Subverb(
        "authoring", "new", "Make a new lab, to be changed.", "concur labs new bounded-queue --course mine/"
    ),
    "lint": Subverb("authoring", "lint", "Check that labs keep their promises.", "concur labs lint 5 --busy 2"),
}
SHARED = {"--plain": 0, "--course": 1, "--folder": 1}  # options of all, and how many values each takes
INTERRUPTED = 130
KEPT = "what was done and answered before is kept. `concur labs` says what is next."
ALSO = "--course, --folder and --plain, which `concur labs --help` explains, may stand here, too."


class Subverbs(TyperGroup):
    """The sub-verbs by name; the shared options may stand on either side of them."""

    def list_commands(self, ctx: Any) -> list[str]:
        return list(SUBVERBS)

    def get_command(self, ctx: Any, cmd_name: str) -> Any:
        known = SUBVERBS.get(cmd_name)
        return TyperCommand(cmd_name, help=known.help, rich_markup_mode=None) if known else None

    def resolve_command(self, ctx: Any, args: list[str]) -> Any:
        name, *rest = args
        if name not in SUBVERBS:
            raise unknown("command", f"labs {name}", [f"labs {one}" for one in SUBVERBS], do=_instead(name))
        return name, load_subverb(name), rest

    def parse_args(self, ctx: Any, args: list[str]) -> Any:
        return super().parse_args(ctx, shared_first(args))


def _instead(name: str) -> str:
    if name.isdigit():
        return f"`concur labs start {name}` begins lab {name}."
    return "`concur labs --help` lists them."


def shared_first(arguments: Sequence[str]) -> list[str]:
    """The arguments with the shared options moved before the sub-verb; what follows `--` is left alone."""
    end = list(arguments).index("--") if "--" in arguments else len(arguments)
    moved: list[str] = []
    rest: list[str] = []
    ours = iter(arguments[:end])
    for argument in ours:
        name, has_value, _ = argument.partition("=")
        if name not in SHARED:
            rest.append(argument)
            continue
        moved.append(argument)
        if SHARED[name] and not has_value:
            moved.extend(value for value in [next(ours, None)] if value is not None)
    return [*moved, *rest, *arguments[end:]]


def load_subverb(name: str) -> Any:
    """The command of a sub-verb, made of its function."""
    known = SUBVERBS[name]
    function = getattr(importlib.import_module(f"concur.cli.lab_verbs.{known.module}"), known.function)
    verb = typer.Typer(add_completion=False, rich_markup_mode=None, pretty_exceptions_enable=False)
    verb.command(name=name, epilog=f"Example: `{known.example}`. {ALSO}")(guarded(function))
    return typer.main.get_command(verb)


def guarded(function: Callable[..., None]) -> Callable[..., None]:
    """The function, whose ends are messages: Ctrl-C is one, and so is a mistake of our own."""

    @functools.wraps(function)
    def run(*arguments: Any, **options: Any) -> None:
        try:
            function(*arguments, **options)
        except (ConcurError, typer.Exit, typer.Abort, BrokenPipeError):
            raise
        except KeyboardInterrupt:
            sys.stderr.write(f"\nconcur: interrupted; {KEPT}\n")
            raise typer.Exit(INTERRUPTED) from None
        except Exception as error:
            from concur.cli.lab_verbs.place import explain_unexpected

            raise explain_unexpected(error) from error

    return run


group = typer.Typer(
    cls=Subverbs,
    invoke_without_command=True,
    add_completion=False,
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
)


@group.callback(epilog="`concur labs` alone says where you are, and what to do next.")
def labs(
    ctx: typer.Context,
    course: Annotated[
        Path | None,
        typer.Option(metavar="DIR", envvar="CONCUR_COURSE", help="Another course's folder of labs."),
    ] = None,
    folder: Annotated[
        Path | None,
        typer.Option(
            metavar="DIR", help="Your own folder [default: ./concur-labs, or the nearest above].", show_default=False
        ),
    ] = None,
    plain: Annotated[
        bool,
        typer.Option("--plain", envvar="CONCUR_PLAIN", help="For a screen reader: words, no boxes, bars or colour."),
    ] = False,
) -> None:
    """Learn by predicting, running, and mending, with your own machine's counters beside what you expected."""
    from concur.cli.lab_verbs.place import Place

    ctx.obj = Place(course_given=course, folder_given=folder, is_plain=plain)
    if ctx.invoked_subcommand is None:
        from concur.cli.lab_verbs.going import greet

        guarded(greet)(ctx.obj)
