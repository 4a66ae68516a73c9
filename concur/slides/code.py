"""Code on slides: quoted from the project by what it is called there. Reads source files; imports none of them.

A reference is a file and a name in it, `concur/kernel/trampoline.py:Stepper.resume`;
`…:NAME` is an assignment as well as a class or a function; the file alone is all of it.
With `#body` behind it, a docstring is left out. In a deck, cog writes the quotation
and `make check` holds it to the source:

    <!-- [[[cog quote("concur/kernel/trampoline.py:Stepper.resume") ]]] -->
    ```python from=concur/kernel/trampoline.py:Stepper.resume
    ```
    <!-- [[[end]]] -->
"""

import ast
import importlib
import textwrap
from pathlib import Path
from typing import NamedTuple

from concur.errors import UsageError, unknown

ROOT = Path(__file__).resolve().parents[2]
NO_DOCSTRING = "#body"


class Reference(NamedTuple):
    """A file of the project, a name in it (dotted, or empty), and whether the docstring is left out."""

    file: str
    name: str
    is_bare: bool


def quote(reference: str) -> None:
    """For cog: the quotation between its fences. What is wrong with it is raised as quoted does."""
    importlib.import_module("cog").out(f"```python from={reference}\n{quoted(reference)}```\n")


def quoted(reference: str, root: Path = ROOT) -> str:
    """The lines that a reference means, as they stand there, without their common indentation.

    Raises UsageError where there is no such file of the project, or no such name in it.
    """
    wanted = _read(reference)
    path = (root / wanted.file).resolve()
    if not path.is_file() or not path.is_relative_to(root):
        raise UsageError(
            f"unknown code reference '{reference}'", why=f"the project has no file {wanted.file}", do="Mend the path."
        )
    source = path.read_text(encoding="utf-8")
    if not wanted.name:
        return source
    tree = ast.parse(source)
    node = _find(tree, wanted, reference)
    return _text(source, node, is_bare=wanted.is_bare)


def _read(reference: str) -> Reference:
    rest, is_bare = reference.removesuffix(NO_DOCSTRING), reference.endswith(NO_DOCSTRING)
    file, _, name = rest.partition(":")
    return Reference(file, name, is_bare)


def _find(tree: ast.Module, wanted: Reference, reference: str) -> ast.stmt:
    """The statement of that dotted name."""
    body, found = tree.body, None
    for part in wanted.name.split("."):
        names = {name: statement for statement in body for name in _names(statement)}
        if part not in names:
            error = unknown("code reference", part, names)
            raise UsageError(
                f"unknown code reference '{reference}'", why=f"{wanted.file} has no {part} there", do=error.do
            )
        found = names[part]
        body = getattr(found, "body", [])
    assert found is not None
    return found


def _names(statement: ast.stmt) -> list[str]:
    """What a statement binds."""
    match statement:
        case ast.FunctionDef(name=name) | ast.AsyncFunctionDef(name=name) | ast.ClassDef(name=name):
            return [name]
        case ast.Assign(targets=targets):
            return [node.id for target in targets for node in ast.walk(target) if isinstance(node, ast.Name)]
        case ast.AnnAssign(target=ast.Name(id=name)):
            return [name]
    return []


def _text(source: str, node: ast.stmt, *, is_bare: bool) -> str:
    """Its lines, decorators included."""
    decorators = getattr(node, "decorator_list", [])
    begin = min([node.lineno, *(one.lineno for one in decorators)])
    lines = source.splitlines()[begin - 1 : node.end_lineno]
    if is_bare and (docstring := _docstring(node)):
        first, last = docstring.lineno - begin, (docstring.end_lineno or docstring.lineno) - begin
        after = next((at for at in range(last + 1, len(lines)) if lines[at].strip()), last + 1)
        lines[first:after] = []
    return textwrap.dedent("\n".join(lines) + "\n")


def _docstring(node: ast.stmt) -> ast.stmt | None:
    first = next(iter(getattr(node, "body", [])), None)
    is_text = (
        isinstance(first, ast.Expr) and isinstance(first.value, ast.Constant) and isinstance(first.value.value, str)
    )
    return first if is_text else None
