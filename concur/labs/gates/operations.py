"""What each opcode of a function does, in words: "load sold", "add", "store sold", "call price".

Tier 0, and pure. The words are the same on every Python, though the opcodes are
not: 3.11 has PRECALL before CALL, 3.12 has neither NULL nor method loads to
speak of, 3.13 tests truth with TO_BOOL, PyPy keeps CPython's names of old.

`is_shared` says whether an opcode can see or change what another thread sees.
Only before such a one does it matter who goes on, since all others commute: to
switch before `LOAD_FAST` is the same as to switch before the next shared one.
Three things are taken for granted here, and so are outside what exploring finds:
a global that no function looked at ever stores is a constant; dropping a value
runs no `__del__` that matters; and a comparison gives a true bool.
"""

import dis
import linecache
import re
import sys
from collections.abc import Iterable, Iterator
from types import CodeType
from typing import NamedTuple

LOCAL = re.compile(  # opcodes that touch nothing but their own frame, on any Python from 3.11 on
    r"LOAD_(FAST|CONST|SMALL_INT|COMMON|CLOSURE|BUILD_CLASS|ASSERTION|SPECIAL|LOCALS)|STORE_FAST|DELETE_FAST"
    r"|POP_(TOP|ITER|EXCEPT|BLOCK)|PUSH_|COPY|SWAP|DUP_|ROT_|END_|NOP|NOT_TAKEN|CACHE|RESUME|EXTENDED_ARG"
    r"|BUILD_(TUPLE|LIST|MAP|SET|STRING|CONST|SLICE)|LIST_APPEND|LIST_TO_TUPLE|IS_OP|GET_ITER"
    r"|JUMP(?!_IF_\w+_OR_POP)|POP_JUMP_(\w+_)?IF_(NOT_)?NONE|SETUP_(?!WITH|ASYNC)|CHECK_EXC|RERAISE|RAISE|RETURN_"
    r"|YIELD_VALUE|MAKE_|SET_FUNCTION|PRECALL|KW_NAMES|CALL_INTRINSIC|GEN_START|ASYNC_GEN_WRAP"
)
JOINS_ARGUMENTS = sys.version_info < (3, 12)  # there an EXTENDED_ARG and what it belongs to are one step
TRUTHS = re.compile(r"POP_JUMP_|JUMP_IF_\w+_OR_POP|UNARY_NOT")
SURE_TRUTHS = ("COMPARE_OP", "CONTAINS_OP", "IS_OP", "UNARY_NOT", "TO_BOOL", "NOT_TAKEN")
NAMED = re.compile(r"(LOAD|STORE|DELETE)_(SUPER_)?(GLOBAL|NAME|ATTR|METHOD|DEREF|CLASSDEREF|FROM_DICT)")
CALLS = re.compile(r"CALL(_|$)(?!INTRINSIC)")
WORDS = {
    "BINARY_SUBSCR": "load item",
    "BINARY_SLICE": "load item",
    "STORE_SUBSCR": "store item",
    "STORE_SLICE": "store item",
    "DELETE_SUBSCR": "delete item",
    "CONTAINS_OP": "contains",
    "COMPARE_OP": "compare",
    "FOR_ITER": "iterate",
    "TO_BOOL": "test",
    "UNARY_NOT": "test",
    "BEFORE_WITH": "enter",
    "IMPORT_NAME": "import",
}
ARITHMETIC = {
    "+": "add",
    "-": "subtract",
    "*": "multiply",
    "/": "divide",
    "//": "divide",
    "%": "modulo",
    "[]": "load item",
}
OLD_ARITHMETIC = re.compile(r"(?:BINARY|INPLACE)_(\w+)")  # PyPy's: INPLACE_ADD


class Operation(NamedTuple):
    """One opcode at its place.

    word: what it does; line: of the source; target: the text it reads or writes, `box.sold`, if that is known;
    is_shared: another thread may notice; checks: CPython may check its eval breaker after it (a call, a jump back).
    """

    word: str
    line: int
    target: str
    is_shared: bool
    checks: bool
    file: str


def stored_globals(codes: Iterable[CodeType]) -> frozenset[str]:
    """The names of globals that some of these functions store: all other globals are constants."""
    instructions = (one for code in codes for one in dis.get_instructions(code))
    return frozenset(one.argval for one in instructions if one.opname in ("STORE_GLOBAL", "DELETE_GLOBAL"))


def operations(code: CodeType, stored: frozenset[str]) -> dict[int, Operation]:
    """What each opcode of a function does, by offset. `stored`: globals that are not constant."""
    found, before, line = {}, "", code.co_firstlineno
    for offset, one in _steps(code):
        line = _line(one) or line
        text = _text(code, one)
        shared = _is_shared(one, before, stored)
        checks = bool(CALLS.match(one.opname) or _jumps_back(one))
        found[offset] = Operation(_word(one, text, shared), line, text, shared, checks, code.co_filename)
        if one.opname not in ("COPY", "DUP_TOP", "EXTENDED_ARG"):
            before = one.opname
    return found


def nested(code: CodeType) -> list[CodeType]:
    """A function's code and that of all functions within it."""
    inner = [one for one in code.co_consts if isinstance(one, CodeType)]
    return [code, *(deeper for one in inner for deeper in nested(one))]


def _steps(code: CodeType) -> Iterator[tuple[int, dis.Instruction]]:
    """Each opcode, and the offset at which the interpreter stands before it."""
    first = None
    for one in dis.get_instructions(code):
        if one.opname == "EXTENDED_ARG" and JOINS_ARGUMENTS:
            first = one.offset if first is None else first
            continue
        yield (one.offset if first is None else first), one
        first = None


def _jumps_back(one: dis.Instruction) -> bool:
    return one.opname.startswith("JUMP_BACKWARD") or (one.opname == "JUMP_ABSOLUTE" and one.argval <= one.offset)


def _line(one: dis.Instruction) -> int | None:
    positions = getattr(one, "positions", None)
    return (positions and positions.lineno) or (one.starts_line if type(one.starts_line) is int else None)


def _is_shared(one: dis.Instruction, before: str, stored: frozenset[str]) -> bool:
    name = one.opname
    if name == "LOAD_GLOBAL":
        return one.argval in stored
    if TRUTHS.match(name) and not LOCAL.match(name):
        return before not in SURE_TRUTHS
    return not LOCAL.match(name)


def _word(one: dis.Instruction, text: str, is_shared: bool) -> str:
    name = one.opname
    if not is_shared:
        return name.lower()
    if named := NAMED.match(name):
        return f"{named[1].lower()} {one.argval}"
    if name == "BINARY_OP":
        return ARITHMETIC.get(one.argrepr.rstrip("="), "compute")
    if name in WORDS:
        return WORDS[name]
    if TRUTHS.match(name):
        return "test"
    if CALLS.match(name):
        called = re.match(r"[\w.]*?(\w+)\(", text)
        return f"call {called[1]}" if called else "call"
    if old := OLD_ARITHMETIC.fullmatch(name):
        return old[1].lower()
    return name.lower()


def _text(code: CodeType, one: dis.Instruction) -> str:
    """The source that an opcode stands for, if it is on one line and Python kept its place."""
    place = getattr(one, "positions", None)
    if not place or place.col_offset is None or place.lineno != place.end_lineno:
        return ""
    line = linecache.getline(code.co_filename, place.lineno).encode()
    return line[place.col_offset : place.end_col_offset].decode(errors="replace")
