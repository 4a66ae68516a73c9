"""Draws what a schedule did: a lane for each thread, time going down. For a terminal, for a voice, and as SVG.

Tier 0, and pure. Only operations that another thread may notice are drawn, each under
the source line that it belongs to, with the value that it loaded or stored where
that is plain. Switches are told apart: a preemption, a wait, an end.
"""

import linecache
from collections.abc import Iterator
from html import escape
from itertools import groupby
from textwrap import fill, shorten
from typing import Literal, NamedTuple

from concur.labs.gates.baton import Event
from concur.labs.gates.outcome import Replay

Kind = Literal["source", "operation", "switch"]
WIDTH = 80
FIRST, LAST = 3, 7  # rows of a turn that are drawn, if it has more
ROW_PX, LANE_PX, MARGIN_PX, CHARACTER_PX = 18, 380, 12, 8


class Row(NamedTuple):
    """One row of the picture. A switch goes across all lanes; `lane` is then the one that is left."""

    lane: int
    kind: Kind
    text: str


def rows(replay: Replay) -> list[Row]:
    """What happened, from top to bottom."""
    found: list[Row] = []
    before: Event | None = None
    line = 0
    for event in (event for event in replay.events if event.is_shared):
        if before and event.lane != before.lane:
            found.append(_switch(replay, before, event))
            line = 0
        if event.line != line:
            found.append(Row(event.lane, "source", _source(event)))
            line = event.line
        found.append(Row(event.lane, "operation", _said(event)))
        before = event
    return found


def _source(event: Event) -> str:
    text = linecache.getline(event.operation.file, event.line).strip()
    return f"{event.line:>3}  {text}"


def _said(event: Event) -> str:
    if event.waits:
        return f"{event.word}: must wait" if event.word != "sleep" else "sleep"
    if event.is_again and event.word != "sleep":
        return f"{event.word}: goes on"
    if not event.value:
        return event.word
    return f"{event.word} {'=' if event.word.startswith('store') else '→'} {event.value}"


def _switch(replay: Replay, last: Event, following: Event) -> Row:
    name, other = replay.names[last.lane], replay.names[following.lane]
    is_later = any(event is last for event in replay.events) and _goes_on(replay, last)
    if last.waits:
        text = f"{name} must wait; {other} goes on"
    elif not is_later:
        text = f"{name} has ended; {other} goes on"
    else:
        text = f"{name} is preempted; {other} goes on" if last.word != "sleep" else f"{name} sleeps; {other} goes on"
    return Row(last.lane, "switch", text)


def _goes_on(replay: Replay, last: Event) -> bool:
    """Whether a lane does anything that counts after this."""
    seen = False
    for event in replay.events:
        if seen and event.lane == last.lane and event.is_shared:
            return True
        seen = seen or event is last
    return False


def elided(drawn: list[Row]) -> list[Row]:
    """The same, with the middle of each long turn left out: what matters is near its switches."""
    kept: list[Row] = []
    for is_switch, turn in groupby(drawn, key=lambda row: row.kind == "switch"):
        part = list(turn)
        if not is_switch and len(part) > FIRST + LAST + 1:
            left_out = Row(part[0].lane, "operation", f"… {len(part) - FIRST - LAST} more")
            part = [*part[:FIRST], left_out, *part[-LAST:]]
        kept += part
    return kept


def draw(replay: Replay, width: int = WIDTH, *, is_whole: bool = False) -> str:
    """The lanes as text, no wider than `width` columns; long turns are shortened unless `is_whole`."""
    lane_width = max(width // max(len(replay.names), 1), 12)
    head = "".join(name.ljust(lane_width) for name in replay.names).rstrip()
    drawn = rows(replay) if is_whole else elided(rows(replay))
    body = [_text(row, lane_width, width) for row in drawn]
    return "\n".join([head, "─" * width, *body, "─" * width, *_outcome(replay, width)])


def _text(row: Row, lane_width: int, width: int) -> str:
    if row.kind == "switch":
        return f"{'· ' * 3}{row.text} ".ljust(width, "·")[:width]
    indent = "" if row.kind == "source" else "       "
    room = lane_width - 1 - len(indent)
    text = row.text if len(row.text) <= room else row.text[: room - 1] + "…"
    return (" " * (row.lane * lane_width) + indent + text).rstrip()


def _outcome(replay: Replay, width: int) -> Iterator[str]:
    for line in (replay.what or "right").splitlines():
        yield fill(line, width, subsequent_indent="    ", break_long_words=False)
    for name, schedule in (("by operation", replay.by_operation), ("exact", replay.schedule)):
        if schedule:
            yield fill(f"{name}: {schedule}", width, subsequent_indent="    ", break_long_words=False)
    if replay.diverged:
        yield fill(f"not followed: {replay.diverged}", width, subsequent_indent="    ")


def tell(replay: Replay) -> list[str]:
    """The same in sentences, one a line, for who hears it read."""
    said = []
    for row in rows(replay):
        name = replay.names[row.lane]
        said.append(
            {"source": f"{name}, line {row.text.strip()}", "operation": f"{name}: {row.text}"}.get(row.kind, row.text)
        )
    return [*said, *_outcome(replay, 1000)]


# As SVG

STYLE = """
  .lanes { font: 13px ui-monospace, monospace; }
  .lanes { --ink: #1f2328; --faint: #656d76; --paper: #ffffff; --bar: #ddf4ff; --bad: #cf222e; }
  @media (prefers-color-scheme: dark) {
    .lanes { --ink: #e6edf3; --faint: #8d96a0; --paper: #0d1117; --bar: #0c2d6b; --bad: #ff7b72; }
  }
  .lanes text { fill: var(--ink); white-space: pre; } .lanes .switch { fill: var(--faint); paint-order: stroke; }
  .lanes .switch { stroke: var(--paper); stroke-width: 8px; }
  .lanes .head { font-weight: bold; } .lanes .paper { fill: var(--paper); } .lanes .bar { fill: var(--bar); }
  .lanes .bad { fill: var(--bad); } .lanes line { stroke: var(--faint); stroke-dasharray: 2 3; }
"""


def draw_svg(replay: Replay) -> str:
    """The lanes as a picture: one SVG document, in light or dark as the reader has it."""
    drawn = elided(rows(replay))
    outcome = [part for line in _outcome(replay, 100) for part in line.splitlines()]
    width = LANE_PX * len(replay.names) + 2 * MARGIN_PX
    height = ROW_PX * (len(drawn) + len(outcome) + 3) + 2 * MARGIN_PX
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" class="lanes" role="img" viewBox="0 0 {width} {height}">',
        f"<title>{escape(shorten(replay.what or 'right', 200))}</title><style>{STYLE}</style>",
        f'<rect class="paper" width="{width}" height="{height}"/>',
        *(_label(name, lane, 1, "head") for lane, name in enumerate(replay.names)),
        *(part for place, row in enumerate(drawn, 2) for part in _draw_row(row, place, width)),
    ]
    bad = (replay.what or "").count("\n") + 1 if replay.what else 0  # lines
    for place, line in enumerate(outcome):
        parts.append(_label(line, 0, len(drawn) + 3 + place, "bad" if place < bad else ""))
    return "\n".join([*parts, "</svg>\n"])


def _draw_row(row: Row, place: int, width: int) -> Iterator[str]:
    y = MARGIN_PX + place * ROW_PX
    if row.kind == "switch":
        yield f'<line x1="{MARGIN_PX}" x2="{width - MARGIN_PX}" y1="{y - 5}" y2="{y - 5}"/>'
        yield f'<text class="switch" x="{width / 2}" y="{y}" text-anchor="middle">{escape(row.text)}</text>'
        return
    x = MARGIN_PX + row.lane * LANE_PX
    yield f'<rect class="bar" x="{x}" y="{y - ROW_PX + 5}" width="{LANE_PX - MARGIN_PX}" height="{ROW_PX}"/>'
    indent = "" if row.kind == "source" else "       "
    most = int((LANE_PX - 2 * MARGIN_PX) / CHARACTER_PX)
    text = indent + row.text
    yield _label(text if len(text) <= most else text[: most - 1] + "…", row.lane, place, row.kind)


def _label(text: str, lane: int, place: int, shade: str) -> str:
    x, y = MARGIN_PX + lane * LANE_PX + 4, MARGIN_PX + place * ROW_PX
    return f'<text class="{shade}" x="{x}" y="{y}" xml:space="preserve">{escape(text)}</text>'
