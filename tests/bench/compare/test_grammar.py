import pytest
from hypothesis import given
from hypothesis import strategies as some

from concur.bench.compare.grammar import UNITS, parse
from concur.bench.metrics import METRICS
from concur.errors import UsageError


@pytest.mark.parametrize(
    ("text", "metric", "operator", "limit", "is_ratio"),
    [
        ("p99>5ms", "p99", ">", 5e6, False),
        ("p99.9 >= .5 s", "p99.9", ">=", 5e8, False),
        ("rate<0.95*ref", "rate", "<", 0.95, True),
        ("cpu > 1.05 * ref", "cpu", ">", 1.05, True),
        ("rate<20k/s", "rate", "<", 20_000.0, False),
        ("errors>0", "errors", ">", 0.0, False),
        ("busy<95%", "busy", "<", 0.95, False),
        ("memory>64MiB", "memory", ">", 2**26, False),
        ("switches==2", "switches", "==", 2.0, False),
        ("max>0.3ms", "max", ">", 300_000.0, False),
    ],
)
def test_a_condition_is_read(text, metric, operator, limit, is_ratio):
    read = parse(text)
    assert (read.metric, read.operator, read.limit, read.is_ratio) == (metric, operator, limit, is_ratio)


@pytest.mark.parametrize(
    ("text", "scenario", "target"),
    [
        ("p99>5ms", "", ""),
        ("steady: p99>5ms", "steady", ""),
        ("threads: p99>5ms", "", "threads"),
        ("small/threads@3.14: p99>5ms", "small", "threads@3.14"),
        ("small, 8 connections/threads: p99>5ms", "small, 8 connections", "threads"),
        ("python -m own:app --port {port}: p99>5ms", "", "python -m own:app --port {port}"),
        ("/usr/bin/server {port}: p99>5ms", "", "/usr/bin/server {port}"),
    ],
)
def test_what_stands_before_the_colon_says_which_cells(text, scenario, target):
    read = parse(text)
    assert (read.scenario, read.target) == (scenario, target)


@pytest.mark.parametrize(
    ("text", "place", "message"),
    [
        ("p99>5", 5, "p99 needs a unit"),
        ("p99>5parsecs", 5, "'parsecs' is no unit of p99"),
        ("p99>>5ms", 4, "'>5ms' is no number"),
        ("p99=5ms", 3, "'=5ms' is no comparison"),
        ("p98>5ms", 0, "'p98' is no figure of a cell"),
        ("small/threads: p98>5ms", 15, "'p98' is no figure of a cell"),
        ("p99", 3, "the end is no comparison"),
        ("", 0, "the end is no figure"),
        ("p99>5ms or so", 8, "'or' is one thing too many"),
        ("errors>0.5*ref", 7, "errors is a count, which has no ratio"),
        (": p99>5ms", 0, "nothing stands before the colon"),
        ("rate<-1", 5, "'-1' is no number"),
        ("rate<" + 400 * "9", 5, "it is too much"),
    ],
)
def test_an_error_points_at_the_place(text, place, message):
    with pytest.raises(UsageError) as raised:
        parse(text)
    first, shown, caret = str(raised.value).split("\n")
    assert message in first
    assert shown == f"  {text}"
    assert caret == f"  {' ' * place}^"


def test_what_cannot_be_printed_keeps_the_place():
    with pytest.raises(UsageError) as raised:
        parse("p99>5ms\t\x1b!")
    assert str(raised.value).endswith("\n  p99>5ms··!\n          ^")


@given(some.text(alphabet=some.characters(), max_size=40))
def test_any_text_is_read_or_refused(text):
    try:
        parse(text)
    except UsageError as error:
        pointed = str(error).endswith("^")
    else:
        pointed = True
    assert pointed


CONDITIONS = some.sampled_from(sorted(METRICS)).flatmap(
    lambda metric: some.tuples(
        some.just(metric),
        some.sampled_from([">=", "<=", "==", ">", "<"]),
        some.integers(0, 10**6),
        some.sampled_from(sorted(UNITS[METRICS[metric].kind])),
    )
)


@given(CONDITIONS, some.sampled_from(["", " "]))
def test_what_is_written_is_read_back(condition, space):
    metric, operator, number, unit = condition
    read = parse(space.join(["", metric, operator, str(number), unit, ""]))
    assert (read.metric, read.operator, read.is_ratio) == (metric, operator, False)
    assert read.limit == pytest.approx(number * UNITS[METRICS[metric].kind][unit])


def test_a_scenario_means_those_that_a_sweep_makes_of_it():
    read = parse("small: rate<1k")
    assert read.means("small, 8 connections", "threads", "threads", "3.11")
    assert not read.means("smaller", "threads", "threads", "3.11")


def test_a_target_is_a_model_a_label_or_either_on_an_interpreter():
    for target, here in (
        ("threads", True),
        ("threads (2 processes)", True),
        ("threads@3.11", True),
        ("threads@3.14", False),
    ):
        read = parse(f"{target}: rate<1k")
        assert read.means("small", "threads (2 processes)", "threads", "3.11") is here
