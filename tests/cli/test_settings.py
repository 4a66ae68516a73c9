"""Who sets an option: the flag, the environment, the plan file, the project, the default, in this order."""

import pytest

from concur.cli import settings, units
from concur.errors import UsageError

NOTHING = dict.fromkeys(settings.BENCH)


@pytest.fixture(autouse=True)
def nowhere(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    for name in settings.BENCH:
        monkeypatch.delenv(f"CONCUR_{name.upper()}", raising=False)


def test_nothing_set_is_the_default():
    assert settings.merge(NOTHING, None)["rounds"] == ("3", "default")


def test_each_source_yields_to_the_one_before(tmp_path, monkeypatch):
    def rounds(flags=NOTHING, plan=None):
        return settings.merge(flags, plan)["rounds"]

    (tmp_path / "pyproject.toml").write_text("[tool.concur]\nrounds = 4\n")
    assert rounds().value == "4"
    plan = tmp_path / "plan.toml"
    plan.write_text("rounds = 5\n")
    assert rounds(plan=plan).value == "5"
    monkeypatch.setenv("CONCUR_ROUNDS", "6")
    assert rounds(plan=plan) == ("6", "CONCUR_ROUNDS")
    assert rounds(NOTHING | {"rounds": "7"}, plan) == ("7", "flag")


def test_lists_may_be_written_as_lists(tmp_path):
    plan = tmp_path / "plan.toml"
    plan.write_text('models = ["threads", "callbacks"]\n')
    assert settings.merge(NOTHING, plan)["models"].value == "threads\ncallbacks"


def test_a_project_without_a_table_sets_nothing(tmp_path):
    (tmp_path / "pyproject.toml").write_text("[project]\nname = 'x'\n")
    assert settings.merge(NOTHING, None)["rounds"].source == "default"


def test_a_setting_that_does_not_exist_names_the_nearest(tmp_path):
    plan = tmp_path / "plan.toml"
    plan.write_text("round = 5\n")
    with pytest.raises(UsageError, match="unknown setting.*'round'.*rounds"):
        settings.merge(NOTHING, plan)


@pytest.mark.parametrize(("content", "message"), [("rounds = = 5", "not TOML"), (None, "cannot read the plan")])
def test_a_plan_that_cannot_be_read_is_told(tmp_path, content, message):
    plan = tmp_path / "plan.toml"
    if content:
        plan.write_text(content)
    with pytest.raises(UsageError, match=message):
        settings.merge(NOTHING, plan)


@pytest.mark.parametrize(
    ("content", "told"),
    [
        (b"tool = 3", "tool in .* is no table"),
        (b"[tool]\nconcur = 3", "concur in .* is no table"),
        (b"\xff", "cannot read .*pyproject.toml"),
    ],
)
def test_a_project_that_cannot_be_read_is_told(tmp_path, content, told):
    (tmp_path / "pyproject.toml").write_bytes(content)
    with pytest.raises(UsageError, match=told):
        settings.merge(NOTHING, None)


def test_a_folder_that_is_gone_is_told(tmp_path, monkeypatch):
    (tmp_path / "gone").mkdir()
    monkeypatch.chdir(tmp_path / "gone")
    (tmp_path / "gone").rmdir()
    with pytest.raises(UsageError, match="no current folder"):
        settings.merge(NOTHING, None)


@pytest.mark.parametrize(
    ("source", "place"),
    [
        ("flag", "--switch-interval: 'x' is"),
        ("CONCUR_SWITCH_INTERVAL", "CONCUR_SWITCH_INTERVAL: 'x' is"),
        ("plan.toml", "switch_interval in plan.toml: 'x' is"),
    ],
)
def test_what_is_not_understood_is_told_with_where_it_was_written(source, place):
    with pytest.raises(UsageError, match=place):
        settings.Setting("x", source).read("switch_interval", units.seconds)
