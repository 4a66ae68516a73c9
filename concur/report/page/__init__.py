"""The report page: one HTML file that shows a run, needs nothing but itself, and can be read by a learner.

`panels.py` says what a panel is and lists them: read it first. One file `panel_*.py`
for each; `drawing.py` is how they all draw, `svg.py` what becomes of a picture in
the page, `page.py` puts everything into `template.html`. Nothing is measured here
and no statistics are computed; what the words are is decided in `report/`.
Whatever comes from a results file reaches the page through jinja2's escaping or
as text of an SVG, never as markup.
"""
