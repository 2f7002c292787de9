import pytest

from talentstats.errors import InputError
from talentstats.tables.grid import Cell, Grid, Raw, Row, column_names, has_measures, plain


def test_rows_have_to_fill_the_columns() -> None:
    with pytest.raises(InputError, match=r"row 1 \('US'\) covers 1 columns; allowed are exactly 2"):
        Grid(header=(), rows=(Row("row", "US", (Cell("1"),)),), align=("r", "r"))
    with pytest.raises(InputError, match="header row 1 covers 3"):
        Grid(header=((Cell("a", span=3),),), rows=(), align=("r", "r"))


@pytest.mark.parametrize("label", ["tab:a b", "tab:50%", "a{b}", "a\\b"])
def test_labels_that_break_a_cross_reference_are_refused(label: str) -> None:
    with pytest.raises(InputError, match="cannot be a cross-reference"):
        Grid(header=(), rows=(), align=(), label=label)


def test_plain_keeps_one_line_and_drops_what_no_file_can_hold() -> None:
    assert plain("a\r\n\tb\x00c\u2028d") == "a b c d"
    assert plain("\ud800") == "\ufffd"
    assert plain(Raw("R squared", latex="$R^2$")) == "R squared"


def test_column_names_follow_the_spanners() -> None:
    header = ((Cell("S", span=2), Cell("")), (Cell("(1)", span=2), Cell("(2)")))
    grid = Grid(header=header, rows=(), align=("c", "c", "c"))
    assert column_names(grid) == ["S: (1)", "S: (1)", "(2)"]
    assert not has_measures(grid)
