import shlex

import pytest
from hypothesis import given
from hypothesis import strategies as st

from concur.report.commands import again, bench


@pytest.mark.parametrize(
    ("command", "expected"),
    [
        ("concur bench", "concur bench -r 12"),
        ("/somewhere/bin/concur bench -m threads", "concur bench -m threads -r 12"),
        ("concur bench -r 3 -m threads", "concur bench -m threads -r 12"),
        ("concur bench --rounds 3", "concur bench -r 12"),
        ("concur bench --rounds=3 -c 5", "concur bench -c 5 -r 12"),
        ("concur bench -r3", "concur bench -r 12"),
        ("concur bench --quick", "concur bench -r 12"),
        ("concur bench --rate 5k", "concur bench --rate 5k -r 12"),
        ("concur", "concur bench -r 12"),
    ],
)
def test_a_new_value_takes_the_place_of_the_old(command: str, expected: str) -> None:
    assert again(shlex.split(command), "-r", "12") == expected


def test_words_are_quoted_as_a_shell_needs_them() -> None:
    assert bench("--command", "my server --port {port}") == "concur bench --command 'my server --port {port}'"


@given(st.lists(st.sampled_from(["-m", "threads", "-c", "5", "./a.py", "--json"]), max_size=6))
def test_setting_it_twice_is_setting_it_once(words: list[str]) -> None:
    once = again(["concur", "bench", *words], "-r", "12")
    assert again(shlex.split(once), "-r", "12") == once
