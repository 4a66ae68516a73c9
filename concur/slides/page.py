"""A deck as one HTML file that needs nothing else: reveal.js, styles, scripts and pictures lie within it.

The Content-Security-Policy allows these texts by their hashes, and nothing else:
no network, no other script. Where a presenter's server is behind the page it may
ask that, and show itself in the presenter view's frames.
"""

import base64
import hashlib
import re
from collections.abc import Iterable
from functools import cache
from html import escape
from importlib import resources
from typing import TYPE_CHECKING, Any, NamedTuple

from concur.errors import UsageError
from concur.slides import markup
from concur.slides.deck import Block, Deck, Slide
from concur.slides.pictures import Pictures

if TYPE_CHECKING:
    from markupsafe import Markup

WEB_FONT = re.compile(r"^@import .*$", re.MULTILINE)
MAP = re.compile(r"^//# sourceMappingURL=.*$", re.MULTILINE)
# What reveal.js adds when it prints, at the size that deck.js tells it: style sheets are allowed by their text.
PRINTED = (
    "@page{size:1280px 720px; margin: 0px;}",
    ".reveal section>img, .reveal section>video, .reveal section>iframe{max-width: 1280px; max-height:720px}",
)
HIDDEN = "display: none"  # the only style attribute of reveal.js's presenter view


class Shown(NamedTuple):
    """A slide as the template wants it."""

    id: str
    topic: str
    minutes: str
    seconds: int
    title: "Markup"
    body: "Markup"
    notes: "Markup"


def to_html(deck: Deck, pictures: Pictures, *, is_live: bool = False, is_draft: bool = False) -> str:
    """The deck's file. is_live: a presenter's server is behind it; is_draft: what is missing is named in its place."""
    styles, scripts = _styles(), _scripts(is_live=is_live)
    slides = [_shown(slide, pictures, is_draft=is_draft) for slide in deck.slides]
    return _render(
        "template.html",
        deck=deck,
        slides=slides,
        styles=styles,
        scripts=scripts,
        live="yes" if is_live else "",
        policy=_policy(styles, scripts, is_live=is_live),
    )


def contents_html(decks: Iterable[Deck], ending: str = ".html") -> str:
    """A page that names all decks."""
    styles = _styles()
    return _render("contents.html", decks=list(decks), ending=ending, styles=styles, policy=_policy(styles, []))


def _render(template: str, *, styles: list[str], scripts: list[str] = [], **values: Any) -> str:  # noqa: B006 # not changed
    from jinja2 import Environment, PackageLoader, StrictUndefined
    from markupsafe import Markup

    places = Environment(
        loader=PackageLoader("concur", "slides"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    texts = {"styles": list(map(Markup, styles)), "scripts": list(map(Markup, scripts))}
    return places.get_template(template).render(**texts, **values)


def _shown(slide: Slide, pictures: Pictures, *, is_draft: bool) -> Shown:
    from markupsafe import Markup

    count = iter(range(1, 1000))

    def paint(kind: str, name: str, alt: str) -> str:
        try:
            return pictures.html(kind, name, alt, f"s{slide.number}-{next(count)}")
        except UsageError as error:
            if not is_draft:
                raise
            return f"<p><strong>{escape(error.what)}</strong></p>"

    return Shown(
        id=f"s{slide.number}",
        topic=slide.topic,
        minutes=f"{slide.minutes:g}",
        seconds=round(slide.minutes * 60),
        title=Markup(markup.inline_to_html(slide.title)),
        body=Markup(markup.to_html(slide.body, paint, show)),
        notes=Markup(markup.notes_to_html(slide.notes)),
    )


def show(found: Block) -> str:
    """A block of code: where it is from, or what its run will count."""
    text = markup.show_plain(found)
    if found.run:
        counted = f"; {', '.join(found.counters)}" if found.counters else ""
        asked = f'<p class="asked">{escape(found.run + counted)}</p>'
        return f'<div class="runnable" data-block="{escape(found.run)}"><div>{text}{asked}</div></div>\n'
    if found.source:
        return f'{text}<p class="quoted">{escape(found.source.removesuffix("#body"))}</p>\n'
    return text


@cache
def text_of(*names: str) -> str:
    """A file of this package."""
    return resources.files("concur.slides").joinpath(*names).read_text("utf-8")


def _styles() -> list[str]:
    theme = WEB_FONT.sub("", text_of("reveal", "theme.css"))
    light, dark = markup.code_css()
    scheme = f'{light}\n:root[data-scheme="dark"] {{\n{dark}\n}}'
    return [text_of("reveal", "reset.css"), text_of("reveal", "reveal.css"), theme, scheme, text_of("deck.css")]


def _scripts(*, is_live: bool) -> list[str]:
    notes = [text_of("reveal", "notes.js")] if is_live else []
    return [MAP.sub("", text) for text in (text_of("reveal", "reveal.js"), *notes, text_of("deck.js"))]


def _policy(styles: list[str], scripts: list[str], *, is_live: bool = False) -> str:
    """The policy as the page itself states it."""
    style = [*map(_hashed, [*styles, *PRINTED])]
    script = [*map(_hashed, scripts)]
    rest = ""
    if is_live:
        view = text_of("reveal", "speaker-view.html")
        style += [
            *map(_hashed, re.findall(r"<style>(.*?)</style>", view, re.DOTALL)),
            "'unsafe-hashes'",
            _hashed(HIDDEN),
        ]
        script += map(_hashed, re.findall(r"<script>(.*?)</script>", view, re.DOTALL))
        rest = "connect-src 'self'; frame-src 'self'; "
    asked = f"script-src {' '.join(script)}; " if script else ""
    return f"default-src 'none'; style-src {' '.join(style)}; {asked}{rest}base-uri 'none'; form-action 'none'"


def _hashed(text: str) -> str:
    return f"'sha256-{base64.b64encode(hashlib.sha256(text.encode()).digest()).decode('ascii')}'"
