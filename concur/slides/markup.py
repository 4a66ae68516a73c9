"""A slide's Markdown as HTML: markdown-it for the text, Pygments for code. Computes; reads nothing.

Raw HTML in a deck stays text. A link that leads into the project is only named, as
the built slides lie anywhere. What a diagram or a figure is replaced by is the
caller's, who also says how a block of code is shown.
"""

import re
from collections.abc import Callable, Sequence
from html import escape
from typing import Any

from markdown_it import MarkdownIt
from markdown_it.token import Token

from concur.slides.deck import Block, block

Paint = Callable[[str, str, str], str]  # kind, name and words of a picture -> HTML
Show = Callable[[Block], str]  # a block of code -> HTML
SMALL = re.compile(r"<p>(?=(Source|Lab|Labs):)")
CODE_CLASS = "hl"
LARGE_LINES, LARGE_LETTERS = 8, 78  # of code that may be shown large


def to_html(text: str, paint: Paint, show: Show) -> str:
    """The text of a slide."""
    found = _parser(paint, show).render(text)
    return SMALL.sub('<p class="small">', found)


def notes_to_html(text: str) -> str:
    """What the speaker reads: no pictures."""
    return str(_parser(lambda _, name, alt: escape(alt or name), show_plain).render(text))


def inline_to_html(text: str) -> str:
    """A title: emphasis and code, no paragraph."""
    return str(_parser(lambda _, name, alt: escape(alt or name), show_plain).renderInline(text))


def show_plain(found: Block) -> str:
    """Code, coloured; large where it is short."""
    lines = found.text.splitlines()
    is_large = len(lines) <= LARGE_LINES and max(map(len, lines), default=0) <= LARGE_LETTERS
    size = ' class="large"' if is_large else ""
    return f'<pre{size}><code class="{CODE_CLASS}">{coloured(found.text, found.language)}</code></pre>\n'


def coloured(text: str, language: str) -> str:
    """Code as spans of Pygments' classes; as it is where no lexer has that name."""
    from pygments import highlight
    from pygments.formatters import HtmlFormatter
    from pygments.lexers import get_lexer_by_name
    from pygments.util import ClassNotFound

    try:
        lexer = get_lexer_by_name(language or "text", stripnl=False)
    except ClassNotFound:
        return escape(text)
    return str(highlight(text, lexer, HtmlFormatter(nowrap=True)))


def code_css() -> tuple[str, str]:
    """Pygments' rules for light and for dark, for what `coloured` makes."""
    light, dark = (_style_of(name) for name in ("xcode", "github-dark"))
    return _rules(light), _rules(dark)


def _style_of(name: str) -> str:
    from pygments.formatters import HtmlFormatter

    formatter: Any = HtmlFormatter(style=name)  # not all of its types are published
    return str(formatter.get_style_defs(f".{CODE_CLASS}"))


def _rules(text: str) -> str:
    """Only those of the code itself; the ground is the slide's."""
    return "\n".join(line for line in text.splitlines() if re.match(rf"\.{CODE_CLASS} \.", line))


def _parser(paint: Paint, show: Show) -> MarkdownIt:
    parser = MarkdownIt("commonmark", {"html": False, "typographer": False}).enable(["table", "strikethrough"])
    parser.core.ruler.push("unwrap", _unwrap)

    def image(_: Any, tokens: Sequence[Token], at: int, options: Any, env: Any) -> str:
        kind, _, name = str(tokens[at].attrs.get("src", "")).partition(":")
        return paint(kind, name, tokens[at].content)

    def fence(_: Any, tokens: Sequence[Token], at: int, options: Any, env: Any) -> str:
        return show(block(0, tokens[at].info.strip(), tokens[at].content))

    parser.add_render_rule("image", image)
    parser.add_render_rule("fence", fence)
    parser.validateLink = lambda url: not url.strip().lower().startswith(("javascript:", "vbscript:", "data:"))  # type: ignore[method-assign] # its way to be told
    parser.core.ruler.push("name_links", _name_links)
    return parser


def _unwrap(state: Any) -> None:
    """A picture that is a paragraph by itself stands in none."""
    for before, token, after in zip(state.tokens, state.tokens[1:], state.tokens[2:], strict=False):
        if before.type == "paragraph_open" and token.type == "inline" and _is_picture(token):
            before.hidden = after.hidden = True


def _is_picture(token: Token) -> bool:
    shown = [one for one in token.children or [] if not (one.type == "text" and not one.content.strip())]
    return len(shown) == 1 and shown[0].type == "image"


def _name_links(state: Any) -> None:
    """Links out of the slides get a window of their own; those into the project become words."""
    for token in state.tokens:
        is_within = False
        for one in token.children or []:
            if one.type == "link_open":
                is_within = "://" not in str(one.attrs.get("href", ""))
                one.attrs |= {} if is_within else {"target": "_blank", "rel": "noreferrer noopener"}
            if one.type in ("link_open", "link_close") and is_within:
                one.tag, one.attrs = "span", {}
