"""Rounding sets by hand, and the one convention for hedged figures."""

import pytest

from talentstats.published.reading import rate_range


@pytest.mark.parametrize(
    ("as_printed", "options", "expected"),
    [
        ("83", {"qualifier": "point", "rounding": 1}, (0.83, 0.825, 0.835)),
        ("68.5", {"qualifier": "point", "rounding": 0.1}, (0.685, 0.6845, 0.6855)),
        ("98.32", {"qualifier": "point", "rounding": 0.01}, (0.9832, 0.98315, 0.98325)),
        # Fewest stayers over most graduates that round to 13,150 and 15,800, and the reverse.
        (
            "13,150 of 15,800",
            {"qualifier": "point", "rounding": 50},
            (13150 / 15800, 13125 / 15825, 13175 / 15775),
        ),
        ("7", {"qualifier": "point", "rounding": 1, "complement": True}, (0.93, 0.925, 0.935)),
        ("about 90", {"qualifier": "approximate", "rounding": None}, (0.90, 0.875, 0.925)),
        ("about 77", {"qualifier": "approximate", "rounding": None}, (0.77, 0.76, 0.78)),
        ("9 out of 10", {"qualifier": "approximate", "rounding": None}, (0.90, 0.85, 0.95)),
        ("over 80", {"qualifier": "at_least", "rounding": None}, (None, 0.80, 1.0)),
        ("under 20", {"qualifier": "at_most", "rounding": None}, (None, 0.0, 0.20)),
        (
            "over 20",
            {"qualifier": "at_least", "rounding": None, "complement": True},
            (None, 0.0, 0.80),
        ),
        ("100", {"qualifier": "point", "rounding": 1}, (1.0, 0.995, 1.0)),
    ],
)
def test_range(as_printed: str, options: dict, expected: tuple[float | None, ...]) -> None:
    found = rate_range(as_printed, **options)
    assert found == pytest.approx(expected, abs=1e-15)


def test_every_count_that_prints_so_is_inside_the_range() -> None:
    _, low, high = rate_range("87", qualifier="point", rounding=1)
    inside = [k for k in range(413) if low <= k / 412 <= high]
    assert inside == [357, 358, 359, 360]
    assert {round(100 * k / 412) for k in inside} == {87}
