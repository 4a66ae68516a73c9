"""What is drawn while a run goes on: that it fits, and shows whose turn it is."""

import pytest

from concur.load.plan import Slice
from concur.report import live
from concur.report.live import Now, Standing

BOARD = [Standing(f"model_{index}", "threads", f"{200 - index}k/s", 1 - index / 30) for index in range(20)]
CURRENT = BOARD[15]._replace(is_current=True)
NOW = Now(
    "steady round 2: uvloop_protocol (2 processes) on 3.14+jit, warm-up", 7, 60, 754.0, [0.0, 5e4, 1e5, 9e4] * 30, 20,
    "last trial, uvloop_protocol", "small so far", [*BOARD[:15], CURRENT, *BOARD[16:]],
)  # fmt: skip


def text(now: Now, width: int, height: int, **options: bool) -> list[str]:
    return [line.plain for line in live.lines(now, width, height, **options)]


@pytest.mark.parametrize("width", [1, 7, 20, 39, 80, 200])
@pytest.mark.parametrize("height", [1, 5, 10, 24, 60])
def test_nothing_is_wider_or_higher_than_the_terminal(width, height):
    shown = live.lines(NOW, width, height)
    assert len(shown) <= max(height - 1, 1)
    assert max(line.cell_len for line in shown) <= width


def test_the_leaders_are_ranked_and_whose_turn_it_is_is_shown_in_any_case():
    shown = text(NOW, 80, 24)
    assert any(line.startswith("  1 model_0 ") for line in shown)
    assert any(line.startswith("> 16 model_15") or line.startswith(">16 model_15") for line in shown)
    assert shown[-1] == "  11 more"


def test_what_is_left_is_said_and_never_below_nothing():
    assert text(NOW, 80, 24)[1].endswith("7 of 60, 13 min left")
    assert text(NOW._replace(left_s=-3.0), 80, 24)[1].endswith("0 s left")
    assert text(NOW._replace(left_s=None), 80, 24)[1].endswith("7 of 60")


def test_a_low_terminal_has_no_board_and_a_narrow_one_no_bars():
    assert len(text(NOW, 80, 6)) == 2
    assert not any("━" in line for line in text(NOW, 40, 24)[3:])


def test_letters_alone_where_the_terminal_knows_no_others():
    assert all(line.isascii() for line in text(NOW, 80, 24, is_ascii=True))


def test_a_sparkline_is_as_high_as_the_rate_and_shows_the_last_ones():
    assert live.sparkline([0, 1, 4, 8], 10) == " ▁▄█"
    assert live.sparkline([8, 0, 8], 2) == " █"
    assert live.sparkline([0, 0], 5) == live.sparkline([], 5) == live.sparkline([1.0], 0) == ""


def test_slices_of_warm_up_and_window_are_one_line_but_for_a_last_one_cut_short(runs):
    made = runs.trial(1, 1_000.0, slices=[Slice(0, 5), Slice(50, 7), Slice(100, 1)], window_ns=120)
    made.warmup_slices = [Slice(-50, 2)]
    assert live.rates(made, 50) == [2e9 / 50, 5e9 / 50, 7e9 / 50]
    assert live.rates(None, 50) == []


def test_the_board_is_of_the_scenario_under_way(runs):
    cells = [runs.cell("threads", [1e5]), runs.cell("callbacks", [2e5]), runs.cell("threads", [3e5], scenario="one")]
    title, board = live.board(runs.run("x", cells), cells[0])
    assert title == "small so far"
    assert [(one.name, one.told, one.share, one.is_current) for one in board] == [
        ("callbacks", "200k/s", 1.0, False),
        ("threads", "100k/s", 0.5, True),
    ]


def test_at_a_common_rate_the_board_is_of_latency(runs):
    slow, fast = (
        runs.cell(name, [1e4], scenario="steady", offered_per_s=1e4, p99_ns=p99)
        for name, p99 in (("threads", 4e6), ("callbacks", 1e6))
    )
    title, board = live.board(runs.run("x", [slow, fast]), slow)
    assert title == "steady so far, p99"
    assert [(one.name, one.told) for one in board] == [("callbacks", "1.00 ms"), ("threads", "4.00 ms")]


def test_of_memory_the_board_has_bytes(runs):
    from tests.report.memory.builders import run

    title, board = live.board(run(), runs.cell("threads", [1.0]))
    assert title == "bytes a connection so far"
    assert [one.name for one in board if one.is_current] == ["threads"]
