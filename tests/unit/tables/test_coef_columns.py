import pytest

from talentstats.errors import InputError
from talentstats.tables.coef_columns import star_rule, stars_for


def test_the_rule_is_sorted_whatever_the_order_it_is_given_in() -> None:
    rule = star_rule({"***": 0.001, "†": 0.1, "*": 0.05})
    assert [mark for mark, _ in rule] == ["†", "*", "***"]
    assert [stars_for(p, rule) for p in (0.0009, 0.001, 0.06, 0.1)] == ["***", "*", "†", ""]
    assert star_rule(None) == []


def test_thresholds_are_rates() -> None:
    with pytest.raises(InputError, match=r"stars\['\*'\]=5.*give 0\.05"):
        star_rule({"*": 5})
