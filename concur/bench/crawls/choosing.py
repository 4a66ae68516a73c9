"""From what was typed to a plan of crawls: which models, on which interpreters, with which parser. Tier 1.

Nothing is started here, but that interpreters are asked what they lack.
"""

from collections.abc import Iterable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor

import msgspec

from concur.bench.choose import choose_targets
from concur.bench.plan import Target
from concur.errors import MachineError, UsageError, unknown
from concur.interpreters.describe import Interpreter
from concur.interpreters.tree import Abilities, absence, ask_catalogue, reasons_not_to_run, refusal, tier0_tree
from concur.wire.links import PARSERS

SERVICE = "crawl"
FASTEST = "fastest"
FAST = PARSERS[1]
NOT_FAST = {"subinterpreters": f"{FAST}'s C code does not load in a subinterpreter"}  # by model
Answer = Abilities | str  # a string is why there is none


def crawlers(names: Sequence[str], interpreters: list[Interpreter], parser: str) -> tuple[list[Target], str, list[str]]:
    """The models of these names on every interpreter; the parser for all of them; what is to be said of that.

    Each interpreter is asked once. What it cannot run is absent with the reason; so is all that is on one without the
    parser that was named. Raises UsageError for what does not exist, MachineError where the cache has no place.
    """
    if parser not in (*PARSERS, FASTEST):
        raise unknown("parser", parser, (*PARSERS, FASTEST))
    for name in names:
        if name.endswith(".py"):
            raise UsageError("a crawler of one's own is not measured", do="Name models; `concur models` lists them.")
    targets = choose_targets(list(names), [], interpreters, [])
    asked = {each.interpreter.short: each.interpreter for each in targets}
    tier0_tree()  # a cache that refuses it is the machine's fault, no interpreter's
    with ThreadPoolExecutor(max_workers=2) as pool:
        answers = dict(zip(asked, pool.map(_ask, asked.values()), strict=True))
    targets = [_with_reason(each, answers[each.interpreter.short]) for each in targets]
    taken, notes = choose_parser(parser, targets, answers)
    if taken == FAST:
        targets = [_with_parser(each, answers[each.interpreter.short]) for each in targets]
    return targets, taken, notes


def choose_parser(parser: str, targets: Iterable[Target], answers: Mapping[str, Answer]) -> tuple[str, list[str]]:
    """The parser that all are to have: of `fastest` the fast one if all can have it, as notes say."""
    if parser != FASTEST:
        return parser, []
    present = [each for each in targets if not each.absent]
    used = dict.fromkeys(each.interpreter.short for each in present)
    reasons = [f"{name} is without {FAST}" for name in used if not _has_fast(answers[name])]
    reasons += [NOT_FAST[name] for name in dict.fromkeys(each.name for each in present) if name in NOT_FAST]
    if reasons:
        return PARSERS[0], [f"all parse with {PARSERS[0]}: {'; '.join(reasons)}"]
    return FAST, [f"all parse with {FAST}, which every interpreter of this run has"]


def _has_fast(answer: Answer) -> bool:
    return not isinstance(answer, str) and FAST in answer.libraries


def _ask(interpreter: Interpreter) -> Answer:
    try:
        return ask_catalogue(interpreter, SERVICE)
    except MachineError as error:
        return str(error)


def _with_reason(target: Target, answer: Answer) -> Target:
    if target.absent:
        return target
    if isinstance(answer, str):
        return msgspec.structs.replace(target, absent=answer)
    reasons = reasons_not_to_run(target.interpreter, answer, SERVICE)
    return msgspec.structs.replace(target, absent=reasons.get(target.name, ""))


def _with_parser(target: Target, answer: Answer) -> Target:
    if target.absent or (_has_fast(answer) and target.name not in NOT_FAST):
        return target
    reason = NOT_FAST.get(target.name) or refusal(target.interpreter, [FAST]) or absence(target.interpreter, [FAST])
    return msgspec.structs.replace(target, absent=reason)
