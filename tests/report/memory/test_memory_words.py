"""What is said of memory, and that no more is claimed than the rounds bear."""

import io

import pytest
from rich.console import Console

from concur.report import memory_words, terminal, words
from concur.report.memory_exports import to_csv
from tests.report.memory.builders import memory, run


def said(of) -> str:
    return "\n".join(memory_words.sentences(run(of)))


def test_the_cheapest_and_the_dearest_are_named_with_what_many_would_cost():
    told = said(memory())
    assert "An idle connection costs polling least" in told
    assert "and processes most, 1.3" in told
    assert "100,000 of them would be" in told


def test_the_claim_has_a_verdict_for_each_part():
    told = said(memory())
    assert "of the thread: depends on whether the kernel's part is counted: 22." in told
    assert "with its stack and page tables, which the kernel holds." in told
    assert "The same claim, of the coroutine: confirmed: 3." in told


def test_fewer_rounds_describe_and_the_next_command_asks_for_more():
    told = said(memory(rounds=2))
    assert "a verdict takes 5 rounds" in told
    assert "2 rounds describe; intervals hold what they promise from 5." in told
    assert told.endswith("Next: concur bench --memory -r 5")


def test_the_next_command_goes_on_to_other_interpreters_and_then_to_the_page():
    assert said(memory()).endswith("Next: concur bench --memory -i all")
    assert said(memory(interpreters=("3.11", "3.13t"))).endswith("Next: concur report")


def test_threads_are_held_against_coroutines_on_each_interpreter():
    told = said(memory(interpreters=("3.11", "3.13t")))
    assert told.count("a connection with a thread takes") == 2


def test_what_was_not_the_best_source_is_said():
    of = memory()
    for trial in of.rows[0].trials:
        trial.source, trial.kernel_source = "rss", "machine"
    told = said(of)
    assert "Memory is the resident set (RSS) here" in told
    assert "The kernel's part is the whole machine's" in told
    assert "for both ends of a connection" in told


def test_a_crooked_row_is_said():
    of = memory()
    of.rows[0].verdict = "not linear"
    assert "does not grow in a line with connections for polling" in said(of)


def test_one_row_or_none_is_no_comparison():
    assert "A connection costs threads 22." in said(memory(["threads"]))
    assert memory_words.findings(memory([])) == []


@pytest.mark.parametrize("width", [30, 80, 200])
def test_the_terminal_has_the_table_and_the_sentences(width):
    written = io.StringIO()
    terminal.show(run(), Console(file=written, width=width, markup=False, highlight=False))
    shown = written.getvalue()
    assert "prefork: absent" in " ".join(shown.split())
    assert all(len(line) <= width for line in shown.splitlines())


def test_other_runs_say_nothing_of_memory(runs):
    assert memory_words.sentences(runs.run("x", [runs.cell("threads", [1e5])])) == []
    assert words.sentences(run()) == memory_words.sentences(run())


def test_csv_has_a_line_for_each_target_with_intervals():
    lines = to_csv(memory()).decode().splitlines()
    assert len(lines) == 1 + 6
    assert "bytes_per_connection_low" in lines[0]
    assert "kernel_page_tables_bytes_per_connection" in lines[0]


def test_what_the_kernel_holds_of_one_model_alone_is_said_once():
    one = memory()
    one.rows = one.rows[:1]
    assert "The kernel holds" in said(one)
    assert ") to " not in said(one).partition("The kernel holds")[2].partition(".\n")[0]
