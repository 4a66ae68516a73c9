"""PDF by Chromium, and what is said where there is none."""

import os
import re

import pytest

from concur.errors import MachineError
from concur.slides import build, pdf


def test_without_a_browser_it_says_what_is_missing_and_that_the_html_is_there(monkeypatch):
    monkeypatch.setenv("PATH", "")
    monkeypatch.delenv(pdf.VARIABLE, raising=False)
    with pytest.raises(MachineError, match=r"none of chromium.* is on PATH.*Install Chromium.*The HTML is complete"):
        pdf.chromium()


def test_a_browser_that_is_named_and_not_there_is_named(monkeypatch):
    monkeypatch.setenv(pdf.VARIABLE, "no-such-browser")
    with pytest.raises(MachineError, match="names no-such-browser, which is no program"):
        pdf.chromium()


def test_a_browser_that_fails_says_so_in_its_own_words(tmp_path):
    browser = tmp_path / "browser"
    browser.write_text("#!/bin/sh\necho no display >&2\nexit 3\n")
    browser.chmod(0o755)
    with pytest.raises(MachineError, match="status 3: no display"):
        pdf.write(str(browser), tmp_path / "a.html", tmp_path / "a.pdf")


def test_a_browser_that_writes_nothing_is_no_success(tmp_path):
    with pytest.raises(MachineError, match="the browser failed: status 0"):
        pdf.write("true", tmp_path / "a.html", tmp_path / "a.pdf")


@pytest.mark.long
@pytest.mark.timeout(120)
def test_a_page_for_each_slide(sample, tmp_path):
    try:
        browser = pdf.chromium()
    except MachineError as error:
        (pytest.fail if os.environ.get("CI") else pytest.skip)(str(error))
    build.write(build.decks_in(sample), build.pictures_of(sample), tmp_path)
    content = pdf.write(browser, tmp_path / "1-sample.html", tmp_path / "1-sample.pdf").read_bytes()
    assert content.startswith(b"%PDF")
    assert len(re.findall(rb"/Type\s*/Page\b", content)) == 3
