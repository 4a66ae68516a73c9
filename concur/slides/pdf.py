"""A built deck as PDF, printed by Chromium: a page for each slide, all steps taken."""

import base64
import os
import shutil
from pathlib import Path

from concur.errors import MachineError
from concur.slides import browser

NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "chrome")
VARIABLE = "CONCUR_CHROMIUM"
# reveal.js puts each slide into a page of its own, and says so when it has.
READY = """typeof Reveal !== "undefined" && Reveal.isReady() && document.querySelectorAll(".pdf-page").length > 0
    && document.querySelectorAll(".pdf-page").length === document.querySelectorAll(".pdf-page section").length"""


def chromium() -> str:
    """The browser's path: what CONCUR_CHROMIUM names, else one on PATH. Raises MachineError where there is none."""
    named = os.environ.get(VARIABLE)
    for name in [named] if named else NAMES:
        if found := shutil.which(name):
            return found
    raise MachineError(
        "there is no PDF",
        why=f"{VARIABLE} names {named}, which is no program" if named else f"none of {', '.join(NAMES)} is on PATH",
        do=f"Install Chromium (Debian: apt install chromium), or name it by {VARIABLE}. The HTML is complete.",
    )


def write(program: str, page: Path, output: Path) -> Path:
    """Print a built page. Raises MachineError where the browser fails, or the file cannot be written."""
    with browser.started(program) as one:
        session = one.open(f"{page.resolve().as_uri()}?view=print&scheme=light")
        one.wait_for(session, READY)
        made = one.call("Page.printToPDF", session, preferCSSPageSize=True, printBackground=True)
    try:
        output.write_bytes(base64.b64decode(made["data"]))
    except OSError as error:
        why = error.strerror or str(error)
        raise MachineError(f"{output} cannot be written", why=why, do="Name another folder: -o DIR.") from None
    return output
