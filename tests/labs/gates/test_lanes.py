"""Lanes show who did what, and where the switches were."""

from types import SimpleNamespace
from typing import Any
from xml.etree import ElementTree

import pytest

from concur.labs.gates.explorer import Replay, Scenario, replay
from concur.labs.gates.lanes import draw, draw_svg, tell


def add(box: Any) -> None:
    box.sold += count(box)


def count(box: Any) -> int:
    return len("<&>")


def long(box: Any) -> None:
    for _ in range(20):
        box.sold = 1


@pytest.fixture
def lost() -> Replay:
    scenario = Scenario(lambda: SimpleNamespace(sold=0), [add, add], lambda box: f"only {box.sold} <of> 6")
    return replay(scenario, "A load sold, B end, A end", within=[add, count])


def test_each_thread_has_a_lane_with_its_lines_operations_and_values(lost: Replay) -> None:
    lines = draw(lost).splitlines()
    assert lines[0] == "A" + " " * 39 + "B"
    assert lines[2].endswith("box.sold += count(box)")
    assert lines[3].strip() == "load sold → 0"
    assert lines[4].startswith("· · · A is preempted; B goes on ···")
    assert lines[5].startswith(" " * 40)
    assert [line.strip() for line in lines if "store" in line and "=" in line] == ["store sold = 3", "store sold = 3"]
    assert any("B has ended; A goes on" in line for line in lines)
    assert "only 3 <of> 6" in lines


def test_lanes_fit_the_terminal(lost: Replay) -> None:
    for width in (30, 66, 80):
        assert max(map(len, draw(lost, width).splitlines()[:-3])) <= width


def test_a_long_turn_is_shortened_unless_it_is_asked_for() -> None:
    ran = replay(Scenario(lambda: SimpleNamespace(sold=0), [long, add]), "", within=[long, add])
    assert "… " in draw(ran)
    assert len(draw(ran).splitlines()) < 25 < 40 < len(draw(ran, is_whole=True).splitlines())


def test_sentences_say_the_same(lost: Replay) -> None:
    said = tell(lost)
    assert said[1:3] == ["A: load sold → 0", "A is preempted; B goes on"]
    assert said[-1].startswith("exact: A")


def test_the_picture_is_well_formed_and_for_light_and_dark(lost: Replay) -> None:
    picture = draw_svg(lost)
    root = ElementTree.fromstring(picture)
    texts = ["".join(one.itertext()) for one in root.iter("{http://www.w3.org/2000/svg}text")]
    assert "only 3 <of> 6" in texts
    assert any("store sold = 3" in text for text in texts)
    assert "prefers-color-scheme: dark" in picture
