"""The account of rows adds up, or is refused."""

import dataclasses

import pytest

from talentstats.errors import InputError
from talentstats.summaries.account import RowAccount


def account(**changes):
    given = {
        "step": "spells",
        "rows_in": 10,
        "used": 7,
        "left_out": {"no entry": 2, "no event": 1, "never": 0},
        "people": 7,
        "person_years": 20.5,
    }
    return RowAccount(**(given | changes))


def test_the_account_says_where_the_rows_went():
    made = account()
    assert dict(made.left_out) == {"no entry": 2, "no event": 1}
    assert made.sentence == ("spells: 10 rows in, 7 used, 3 left out (no entry: 2; no event: 1).")
    assert made.frame().to_numpy().tolist() == [
        ["spells", "used", 7],
        ["spells", "no entry", 2],
        ["spells", "no event", 1],
    ]
    assert account(used=10, left_out={}).sentence == "spells: 10 rows in, 10 used, none left out."


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"used": 8}, r"10 rows came in, but 8 used and 3 left out are 11\. Hint: does a row have"),
        ({"left_out": {"no entry": -3}}, "left out for 'no entry'=-3 is too small"),
        ({"rows_in": 10.5}, r"rows_in=10\.5 is a fraction"),
    ],
)
def test_an_account_that_does_not_add_up_is_refused(changes, message):
    with pytest.raises(InputError, match=message):
        account(**changes)


def test_the_account_is_frozen():
    with pytest.raises(dataclasses.FrozenInstanceError):
        account().used = 1
    with pytest.raises(TypeError):
        account().left_out["no entry"] = 0
