"""Where documents and pictures go: what could not be written at the end is refused before anything is measured."""

from collections.abc import Mapping
from pathlib import Path

from concur.errors import UsageError

STDOUT = "-"


def check(exports: Mapping[str, str | None], plot: Path | None = None) -> None:
    """Raises UsageError for two documents on one stdout, a file in no folder, or a picture that is none."""
    if list(exports.values()).count(STDOUT) > 1:
        raise UsageError("two documents for one stdout", do="Give all but one of them a file.")
    if exports.get("hgrm") == STDOUT:
        raise UsageError("hgrm is one file for each cell", do="Name a folder for them.")
    if plot is not None:
        _check_picture(plot)
    for name, file in exports.items():
        if file and file != STDOUT and name != "hgrm":
            _check_file(Path(file))


def _check_picture(file: Path) -> None:
    from concur.report.plot import check_ending

    check_ending(file)
    _check_file(file)


def _check_file(file: Path) -> None:
    if file.is_dir():
        raise UsageError(f"{file} is a folder", do="Name a file in it.")
    if not file.parent.is_dir():
        raise UsageError(f"there is no folder {file.parent}", do="Make it, or name another file.")


def json_file(is_stdout: bool, file: str | None) -> str | None:
    """Where the JSON document goes. Raises UsageError where --json and --export-json say different places."""
    if is_stdout and file not in (None, STDOUT):
        raise UsageError("--json and --export-json are one document", do="Leave out one of them.")
    return STDOUT if is_stdout else file
