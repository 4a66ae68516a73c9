"""Grids and lists as Markdown, in which names such as MALLOC_TOP_PAD_ stay as they are. Pure."""

from collections.abc import Iterable

from concur.report.columns import Grid


def table(grid: Grid) -> str:
    """The title in bold, then the table; the title alone of a grid without rows."""
    if not grid.verdicts:
        return f"**{grid.title}**"
    heads = [" ".join(column.head.split()) for column in grid.columns]
    rules = [":--" if column.is_text else "--:" for column in grid.columns]
    rows = zip(*(column.values for column in grid.columns), strict=True)
    return "\n".join([f"**{grid.title}**", "", *(_row(row) for row in (heads, rules, *rows))])


def items(texts: Iterable[str]) -> str:
    """A list; empty without items."""
    return "\n".join(f"- {escaped(text)}" for text in texts)


def escaped(text: str) -> str:
    """Text whose special letters stand for themselves, on one line: a newline would end a row."""
    for special in ("\\", "|", "_", "*", "<", "`"):
        text = text.replace(special, f"\\{special}")
    return " ".join(text.split())


def document(parts: Iterable[str]) -> bytes:
    """The parts that are not empty, as paragraphs."""
    return "\n\n".join(part for part in parts if part).encode() + b"\n"


def _row(values: Iterable[str]) -> str:
    return f"| {' | '.join(map(_in_row, values))} |"


def _in_row(value: str) -> str:
    return value if set(value) <= set(":-") else escaped(value)
