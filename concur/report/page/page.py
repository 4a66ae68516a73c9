"""The page as a whole: verdict, panels, environment, command, raw data, put into `template.html`.

The template escapes all it is given; what is marked as safe here is our own style
sheet and script, SVG that `svg.py` made, and JSON without any `<`, `>` or `&`. The
Content-Security-Policy allows these two texts by their hashes, and nothing else.
"""

import base64
import hashlib
from importlib import resources
from typing import TYPE_CHECKING, NamedTuple

import msgspec

from concur.bench.results import Cell, Run
from concur.report import cells
from concur.report.figures import counted, duration
from concur.report.page import drawing
from concur.report.page.panels import Drawing, Panel, Row, Table, panels
from concur.report.page.sources import Source
from concur.report.page.svg import to_svg
from concur.report.plot import look
from concur.report.words import sentences

if TYPE_CHECKING:
    from markupsafe import Markup

# What would end a script element, or begin a comment in it, as JSON has it too; and JavaScript's two further line ends.
ESCAPES = {ord(one): f"\\u{ord(one):04x}" for one in "<>&\u2028\u2029"}
NEXT = "Next: "
MOST_SENTENCES = 7  # of the verdict at once; the others are folded


class Picture(NamedTuple):
    """A drawing as SVG; narrow is empty where it is drawn once."""

    alt: str
    wide: "Markup"
    narrow: "Markup"


class Shown(NamedTuple):
    """A panel with its pictures."""

    panel: Panel
    pictures: list[Picture]


class Series(NamedTuple):
    """A model for the toggles: label, colour, and its marker as an SVG path."""

    label: str
    colour: str
    path: str


MARKERS = {
    "o": "M8 3a5 5 0 1 0 .01 0z",
    "s": "M3.5 3.5h9v9h-9z",
    "^": "M8 2.5l5.5 10.5h-11z",
    "D": "M8 2l6 6-6 6-6-6z",
}


def to_html(source: Source) -> str:
    """The page of a run, whole."""
    from jinja2 import Environment, PackageLoader, StrictUndefined
    from markupsafe import Markup

    places = Environment(
        loader=PackageLoader("concur.report", "page"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    css, js = (_text(name) for name in ("page.css", "page.js"))
    run = source.results.run
    told, following = _verdict(run)
    return places.get_template("template.html").render(
        run=run,
        title=_title(run),
        subtitle=_subtitle(run),
        verdict=told[:MOST_SENTENCES],
        further=told[MOST_SENTENCES:],
        following=following,
        notes=[*run.warnings, *source.notes],
        shown=[_shown(panel) for panel in drawn(source)],
        series=_series(run),
        environment=_environment(run),
        interpreters=_interpreters(run),
        command=_command(run),
        raw=Markup(_raw(run)),
        css=Markup(css),
        js=Markup(js),
        policy=_policy(css, js),
    )


def drawn(source: Source) -> list[Panel]:
    """The panels that have something to show."""
    return list(panels(source.results))


def _shown(panel: Panel) -> Shown:
    with drawing.style():
        return Shown(panel, [_picture(panel.id, one) for one in panel.drawings])


def _picture(place: str, one: Drawing) -> Picture:
    from markupsafe import Markup

    widths = {"wide": drawing.WIDE} if one.is_wide else {"wide": drawing.WIDE, "narrow": drawing.NARROW}
    texts = {kind: to_svg(one.draw(width), f"{place}-{one.name}-{kind}", one.alt) for kind, width in widths.items()}
    return Picture(one.alt, Markup(texts["wide"]), Markup(texts.get("narrow", "")))


def _text(name: str) -> str:
    return resources.files("concur.report.page").joinpath(name).read_text("utf-8")


def _policy(css: str, js: str) -> str:
    style, script = (base64.b64encode(hashlib.sha256(text.encode()).digest()).decode("ascii") for text in (css, js))
    return (
        f"default-src 'none'; style-src 'sha256-{style}'; script-src 'sha256-{script}'; "
        "base-uri 'none'; form-action 'none'"
    )


def _raw(run: Run) -> str:
    return msgspec.json.encode(run).decode().translate(ESCAPES)


def _title(run: Run) -> str:
    if run.memory is not None:
        return f"Memory a connection: {counted(len({row.label for row in run.memory.rows}), 'model')}"
    names = cells.scenarios(run)
    shown = ", ".join(names[:3]) + (" …" if len(names) > 3 else "")
    labels = len(dict.fromkeys(cell.label for cell in run.cells))
    return f"{labels} {'model' if labels == 1 else 'models'}: {shown or 'nothing measured'}"


def _subtitle(run: Run) -> list[str]:
    rounds = run.memory.rounds if run.memory else cells.rounds(run)
    return [
        str(run.machine.get("cpu", "")),
        ", ".join(filter(None, cells.interpreters(run))),
        f"{rounds} round{'s' * (rounds != 1)}",
        run.started_at.replace("T", " ")[:16],
        f"took {duration(run.took_ns / 1e9)}" if run.took_ns else "",
    ]


def _verdict(run: Run) -> tuple[list[str], str]:
    """The sentences, and the command to try next."""
    told = sentences(run)
    following = [one.removeprefix(NEXT) for one in told if one.startswith(NEXT)]
    return [one for one in told if not one.startswith(NEXT)], following[-1] if following else ""


def _series(run: Run) -> list[Series]:
    found: dict[str, Cell] = {}
    for cell in run.cells:
        if cells.usable([cell]):
            found.setdefault(cell.label, cell)
    looks = {label: look(cell.model) for label, cell in found.items()}
    return [Series(label, one.colour, MARKERS[one.marker]) for label, one in looks.items()]


def _environment(run: Run) -> list[tuple[str, str]]:
    machine = [(key.replace("_", " "), told(value, key)) for key, value in run.machine.items()]
    return [("concur", run.concur), ("run", run.id), ("started", run.started_at), *((k, v) for k, v in machine if v)]


def told(value: object, key: str = "") -> str:
    """A value of a results file as people read it, whatever is in it; empty for what is not known."""
    match value:
        case None:
            return ""
        case bool():
            return "yes" if value else "no"
        case int() | float():
            return (
                f"{value / 2**30:.1f} GiB" if key.endswith("_bytes") else f"{value:,.6g}" if value % 1 else str(value)
            )
        case list():
            return ", ".join(filter(None, map(told, value)))
        case dict():
            parts = ((str(name).replace("_", " "), told(one)) for name, one in value.items())
            return ", ".join(f"{name}: {one}" for name, one in parts if one)
    return str(value)


def _interpreters(run: Run) -> Table:
    """What each interpreter said that it is, after its imports."""
    found: dict[str, Cell] = {}
    for cell in run.cells:
        if cell.observed:
            found.setdefault(cell.interpreter, cell)
    rows = [
        Row([name or "a command", *(told(cell.observed.get(key)) for key in OBSERVED)]) for name, cell in found.items()
    ]
    return Table("Interpreters, as they described themselves", ["name", *OBSERVED], rows)


OBSERVED = ("implementation", "version", "compiler", "gil", "jit")


def _command(run: Run) -> str:
    import shlex

    return shlex.join(run.command)
