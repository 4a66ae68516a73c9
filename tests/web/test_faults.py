import pytest

from concur.errors import UsageError
from concur.web.faults import FAULTS, NOT_IN_ALL, PAGE_FAULTS, SIDE_FAULTS, shares
from concur.web.misbehaving import FAULTY
from concur.web.sides import _KINDS


def test_all_is_each_of_them_but_what_has_no_end() -> None:
    assert shares("all").keys() == {row.name for row in FAULTS} - NOT_IN_ALL
    assert shares("all,endless").keys() == {row.name for row in FAULTS}
    assert shares("none") == {}


def test_a_later_item_changes_an_earlier_one() -> None:
    assert shares("redirect=5%, gone") == {"redirect": 0.05, "gone": 0.005}
    assert shares("all,gone=0.5")["gone"] == 0.5
    assert "gone" not in shares("all,gone=0")


@pytest.mark.parametrize(
    ("text", "what"),
    [
        ("redirects", "unknown fault 'redirects'.*redirect"),
        ("gone=", "no fault.*gone,redirect=5%"),
        ("gone=-5%", "no fault"),
        ("", "no fault"),
        ("gone=101%", "share of 101% cannot"),
        ("gone=60%,redirect=60%", "120% of the pages cannot"),
    ],
)
def test_what_is_not_understood_is_refused(text: str, what: str) -> None:
    with pytest.raises(UsageError, match=what):
        shares(text)


def test_each_row_of_the_table_is_carried_out_by_something() -> None:
    assert set(FAULTY) == {"", *PAGE_FAULTS}
    assert tuple(_KINDS) == SIDE_FAULTS
