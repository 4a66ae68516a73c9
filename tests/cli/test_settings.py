"""Who sets an option: the flag, the environment, the plan file, the project, the default, in this order."""

import pytest

from concur.cli import settings
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
