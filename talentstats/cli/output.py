"""How answers leave: one function for every format, and JSON without NaN or Infinity."""

import json
import math
from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any, Final

import click

if TYPE_CHECKING:
    import pandas as pd

    from talentstats.tables.table import Table

FORMATS: Final = ("text", "json", "csv", "markdown", "latex", "html")
SCHEMA_VERSION: Final = "1.0"


def emit(
    form: str,
    *,
    text: Callable[[], str],
    document: Callable[[], Mapping[str, Any]],
    frame: Callable[[], "pd.DataFrame"],
    table: Callable[[], "Table"],
) -> None:
    """Print an answer in the format asked for; only what is asked for is made.

    Parameters
    ----------
    form : str
        One of `FORMATS`.
    text : Callable
        Makes the short readable answer.
    document : Callable
        Makes the JSON document, without its version.
    frame : Callable
        Makes the frame that CSV prints at full precision.
    table : Callable
        Makes the table that Markdown, LaTeX and HTML print.
    """
    if form == "text":
        click.echo(text())
    elif form == "json":
        body = {"schema_version": SCHEMA_VERSION, **document()}
        click.echo(json.dumps(plain(body), indent=2, ensure_ascii=False, allow_nan=False))
    elif form == "csv":
        click.echo(frame().to_csv(index=False), nl=False)
    else:
        made = table()
        writers = {
            "markdown": made.to_markdown,
            "latex": made.to_latex,
            "html": made.to_html,
        }
        click.echo(writers[form]().rstrip("\n"))


def plain(value: Any) -> Any:
    """Return a value that JSON can hold: NaN and infinite become null, arrays lists.

    Parameters
    ----------
    value : Any
        Mappings, sequences, numpy scalars and arrays, plain values.

    Returns
    -------
    Any
        The same of plain values only.
    """
    if isinstance(value, Mapping):
        return {str(k): plain(v) for k, v in value.items()}
    if hasattr(value, "tolist"):
        return plain(value.tolist())
    if isinstance(value, Sequence) and not isinstance(value, str):
        return [plain(v) for v in value]
    if isinstance(value, float) and not math.isfinite(value):
        return None
    return value
