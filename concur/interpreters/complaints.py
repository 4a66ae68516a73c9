"""What the output of a failed installation means, in one line; in uv's words and in pip's. Tier 1. Pure functions."""

import re

FULL = ("No space left on device", "Disk quota exceeded", "File too large")
UNREACHABLE = (
    "NewConnectionError",
    "Max retries exceeded",
    "ReadTimeoutError",
    "ConnectTimeoutError",
    "Temporary failure in name resolution",
    "Network is unreachable",
    "error sending request",
    "incomplete-download",  # pip says no more, not even where it was the disk that had no room
)
OFFERS_NONE = ("(from versions: none)", "was not found in the package registry", "not found in the provided package")

COMPILER = re.compile(r"\S+:\d+(?::\d+)?: (?:fatal )?error: (?P<gist>.+)")
EXCEPTION = re.compile(r"(?P<gist>(?:[\w.]+\.)?[A-Z]\w*(?:Error|Exception|Failure|Exit): .+)")
BUILD = re.compile(r"error: (?P<gist>(?!subprocess-exited-with-error).+)")
INSTALLER = re.compile(r"ERROR: (?P<gist>.+)")
FOLDERS = re.compile(r"(?<!\S)/\S*/(?=[^/\s]+)")  # of a path: its last part says enough
LIMIT_CHARACTERS = 120


def no_room(output: str) -> str:
    """The words for a disk that had no room, if it says so."""
    return next((words for words in FULL if words in output), "")


def is_unreachable(output: str) -> bool:
    """Whether the package index could not be reached, or broke off."""
    return any(words in output for words in UNREACHABLE)


def offers_none(output: str) -> bool:
    """Whether the index has nothing of that name, for any Python."""
    return any(words in output for words in OFFERS_NONE)


def gist_of(output: str) -> str:
    """The line that says most, without what frames it: its first sentence.

    That is a compiler's first error, else the last exception, else the build's last error, else pip's, else the
    last line.
    """
    lines = [line for line in (line.strip(" │×╰─>") for line in output.splitlines()) if line]
    last = [gist for pattern in (INSTALLER, BUILD, EXCEPTION) for gist in _gists(pattern, lines)[-1:]]
    chosen = _gists(COMPILER, lines)[:1] or last[-1:] or lines[-1:] or ["it said nothing"]
    return shortened(chosen[0])


def _gists(pattern: re.Pattern[str], lines: list[str]) -> list[str]:
    return [found["gist"] for line in lines if (found := pattern.match(line))]


def shortened(line: str) -> str:
    """A line's first sentence, of a length that fits a table's footnote."""
    sentence = re.split(r"\.\s", FOLDERS.sub("", line.strip()))[0].rstrip(".")
    return sentence if len(sentence) <= LIMIT_CHARACTERS else sentence[: LIMIT_CHARACTERS - 1].rstrip() + "…"
