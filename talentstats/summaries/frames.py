"""Tables that a caller gives: a frame as it is, or a CSV or Parquet file."""

import os
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from talentstats.errors import InputError, MissingExtraError

if TYPE_CHECKING:
    import pandas as pd

_NO_PARQUET: Final = (
    "Parquet needs pyarrow, which is not installed. Hint: pip install 'talentstats[cohort]', or "
    "give a CSV file."
)


def read_frame(given: "pd.DataFrame | str | os.PathLike[str]") -> "pd.DataFrame":
    """Return a frame with text names of columns and at least one row.

    Parameters
    ----------
    given : pandas.DataFrame or path-like
        A frame, or a file that ends in .csv, .csv.gz or .parquet.

    Returns
    -------
    pandas.DataFrame
        The table; of a CSV file the index is the line number, the header being line 1.

    Raises
    ------
    InputError
        If it is neither, cannot be read, has no rows, or two columns have one name.
    MissingExtraError
        If a Parquet file is given and pyarrow is not installed.
    """
    import pandas as pd

    if isinstance(given, str | os.PathLike):
        frame = _read_file(Path(given))
    elif isinstance(given, pd.DataFrame):
        frame = given.set_axis([str(name) for name in given.columns], axis=1)
    else:
        raise InputError(
            f"a {type(given).__name__} was given; allowed is a pandas frame, or the path of a "
            ".csv or .parquet file. Hint: other frames have a .to_pandas()."
        )
    twice = frame.columns[frame.columns.duplicated()]
    if len(twice):
        raise InputError(f"the column {twice[0]!r} is there twice. Hint: rename one.")
    if not len(frame):
        raise InputError("the table has no rows; at least one is needed.")
    return frame


def frame_bytes(frame: "pd.DataFrame", path: str | os.PathLike[str]) -> bytes:
    """Return a frame as the bytes of a file that `read_frame` reads.

    Parameters
    ----------
    frame : pandas.DataFrame
        The table; its index is not written.
    path : path-like
        Its ending says the format: .csv or .parquet.

    Returns
    -------
    bytes
        The file's content.

    Raises
    ------
    InputError
        If the ending is another one.
    MissingExtraError
        If Parquet is asked for and pyarrow is not installed.
    """
    name = Path(path).name.casefold()
    if name.endswith(".csv"):
        return frame.to_csv(index=False).encode()
    if not name.endswith(".parquet"):
        raise InputError(f"{path} ends neither in .csv nor in .parquet; give one of these.")
    try:
        return bytes(frame.to_parquet(engine="pyarrow", index=False))
    except ImportError as error:
        raise MissingExtraError(_NO_PARQUET) from error


def _read_file(path: Path) -> "pd.DataFrame":
    """Read a CSV or Parquet file."""
    import pandas as pd

    name = path.name.casefold()
    if not name.endswith((".csv", ".csv.gz", ".parquet")):
        raise InputError(f"{path} is not a .csv, .csv.gz or .parquet file.")
    if not path.is_file():
        raise InputError(f"there is no file {path}. Hint: is the folder right?")
    if name.endswith(".parquet"):
        try:
            return pd.read_parquet(path, engine="pyarrow")
        except ImportError as error:
            raise MissingExtraError(_NO_PARQUET) from error
        except (OSError, ValueError) as error:
            raise InputError(f"{path} could not be read as Parquet ({error}).") from error
    try:
        # As text: pandas would turn the country code NA and the word None into missing values.
        frame = pd.read_csv(path, dtype=str, keep_default_na=False, encoding="utf-8-sig")
    except (UnicodeDecodeError, pd.errors.ParserError, pd.errors.EmptyDataError, OSError) as error:
        raise InputError(
            f"{path} could not be read as CSV in UTF-8 ({str(error).strip()})."
        ) from error
    frame.index = pd.RangeIndex(2, len(frame) + 2)
    return pd.DataFrame({column: _typed(frame[column]) for column in frame}, index=frame.index)


def _typed(column: "pd.Series[Any]") -> "pd.Series[Any]":
    """Numbers where every value is one or missing, else text; an empty text is missing."""
    import pandas as pd

    text = column.str.strip()
    blank = text.eq("")
    # NA is how R writes a missing number, but in a column of text it may be Namibia.
    holes = blank | text.eq("NA")
    numbers = pd.to_numeric(text.mask(holes), errors="coerce")
    if not (numbers.isna() & ~holes).any() and not holes.all():
        return numbers
    return text.astype(object).mask(blank, None)
