from collections.abc import Callable
from typing import Any

import pytest

from concur.bench.results import Run
from concur.report.words import broken_cells, claims, next_command, ranking, sentences

Make = dict[str, Callable[..., Any]]


def test_the_ranking_names_first_and_last_with_their_numbers(default: Run) -> None:
    assert list(ranking(default)) == [
        "In small, uvloop_protocol answered most, 181,204 req/s (1.83× threads); "
        "asyncio_protocol least, 36,415 req/s (0.37× threads).",
        "In steady, at 10,000 req/s for all, 99 of 100 replies came within 350 µs from uvloop_protocol, "
        "and within 702 µs from asyncio_protocol.",
    ]


def test_a_model_on_fewer_connections_is_not_called_last(default: Run) -> None:
    assert not any("sequential" in sentence for sentence in ranking(default))


def test_one_cell_is_no_ranking(make: Make) -> None:
    assert list(ranking(make["run"]([make["cell"]()]))) == []


@pytest.mark.parametrize(
    ("rounds", "words"), [(1, "1 round describes, and claims nothing"), (3, "3 rounds describe, and claim nothing")]
)
def test_few_rounds_claim_nothing(make: Make, rounds: int, words: str) -> None:
    run = make["run"]([make["cell"](rounds=rounds)], [make["comparison"]("callbacks", 2.0, verdict="faster")])
    assert list(claims(run)) == [f"{words}: 12 would."]
    assert next_command(run) == "concur bench -r 12"


def test_the_command_for_a_verdict_is_told_where_another_comes_next(make: Make, default: Run) -> None:
    assert "MALLOC" in next_command(default)
    assert "; for a verdict: concur bench -r 12" in " ".join(claims(default))


def test_enough_rounds_give_the_verdicts(make: Make) -> None:
    compared = [
        make["comparison"]("callbacks", 1.67, verdict="faster"),
        make["comparison"]("coroutines", 1.01, verdict="no difference found"),
        make["comparison"]("asyncio_protocol", 0.37, verdict="slower"),
    ]
    assert list(claims(make["run"]([make["cell"](rounds=12)], compared))) == [
        "In small, against threads over 12 rounds: faster: callbacks 1.67× (1.62–1.72); "
        "slower: asyncio_protocol 0.37× (0.36–0.38); no difference found: coroutines 1.01× (0.98–1.04)."
    ]


@pytest.mark.parametrize(
    ("verdict", "words"), [("wrong", "answered wrongly"), ("failed", "failed"), ("void", "could not be measured")]
)
def test_what_is_broken_is_said_first(make: Make, verdict: str, words: str) -> None:
    run = make["run"]([make["cell"](), make["cell"]("mine", verdict=verdict, reason="byte 3 differs")])
    assert sentences(run)[0] == f"In small, mine {words} and is not ranked: byte 3 differs."
    assert list(broken_cells(make["run"]([make["cell"]()]))) == []


def test_several_broken_cells_are_one_sentence(make: Make) -> None:
    cells = [make["cell"](name, verdict="void", reason=f"{name} was late") for name in ("threads", "callbacks")]
    assert list(broken_cells(make["run"](cells))) == [
        "In small, threads, callbacks could not be measured and are not ranked: threads was late (threads)."
    ]


def test_the_last_sentence_is_the_next_command(default: Run) -> None:
    assert sentences(default)[-1] == f"Next: {next_command(default)}"


def test_the_riddle_is_the_next_thing_to_look_at(default: Run) -> None:
    assert next_command(default) == "concur bench -m asyncio_protocol --env MALLOC_TOP_PAD_=16777216"


def test_the_next_command_leads_on(make: Make) -> None:
    few, many = make["cell"](), make["cell"](rounds=12)
    assert next_command(make["run"]([few])) == "concur bench -r 12"
    assert next_command(make["run"]([many])) == "concur bench -i all"
    assert next_command(make["run"]([many, make["cell"](interpreter="3.14", rounds=12)])) == "concur bench -m all"


def test_a_verdict_that_needs_more_rounds_is_the_next_thing_to_get(make: Make) -> None:
    compared = [make["comparison"](name, 1.1, verdict=f"needs {n} rounds") for name, n in (("a", 31), ("b", 64))]
    assert next_command(make["run"]([make["cell"](rounds=12)], compared)) == "concur bench -r 64"


def test_a_run_without_cells_still_reads(make: Make) -> None:
    assert sentences(make["run"]([])) == ["Next: concur bench -i all"]


def test_every_sentence_about_a_measured_run_carries_a_number(default: Run) -> None:
    assert all(any(letter.isdigit() for letter in sentence) for sentence in sentences(default))
