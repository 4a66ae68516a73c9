"""A slide's Markdown as HTML."""

import pytest

from concur.slides import markup
from concur.slides.markup import show_plain


def html(text):
    return markup.to_html(text, lambda kind, name, alt: f"<figure>{kind}/{name}/{alt}</figure>", show_plain)


def test_raw_html_stays_text():
    assert "&lt;script&gt;" in html("<script>alert(1)</script>\n\ntext <b>bold</b>")
    assert "<b>" not in html("text <b>bold</b>")


def test_a_picture_stands_in_no_paragraph():
    assert html("![a loop](diagram:event-loop)") == "<figure>diagram/event-loop/a loop</figure>"


def test_sources_and_labs_are_small():
    assert html("Source: somebody").startswith('<p class="small">')
    assert html("Lab: five").startswith('<p class="small">')
    assert html("A source: no").startswith("<p>")


def test_a_link_into_the_project_is_only_named():
    assert html("[5](../labs/05-you)") == "<p><span>5</span></p>\n"


def test_a_link_out_gets_a_window_of_its_own_and_tells_nothing():
    assert 'rel="noreferrer noopener"' in html("[PEP](https://peps.python.org/)")


@pytest.mark.parametrize("target", ["javascript:alert(1)", "data:text/html,x", "JAVASCRIPT:alert(1)"])
def test_a_link_that_would_run_is_no_link(target):
    assert "href" not in html(f"[x]({target})")


def test_code_is_coloured_by_classes_alone():
    found = html("```python\nimport os\n```")
    assert '<span class="kn">import</span>' in found
    assert "style=" not in found


def test_code_of_no_known_language_is_as_it_is():
    assert "a &lt; b" in html("```none-such\na < b\n```")


def test_tables_are_tables():
    assert "<td>b</td>" in html("| a |\n|---|\n| b |")


def test_both_schemes_colour_the_same_classes():
    light, dark = markup.code_css()
    assert ".hl .k " in light
    assert ".hl .k " in dark
    assert not [line for line in light.splitlines() if line.startswith(".hl {")]
