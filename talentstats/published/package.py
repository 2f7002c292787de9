"""The data package: tables of published figures, checked byte for byte when they are read."""

import csv
import hashlib
import importlib.resources
import io
import json
from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING, Any

from talentstats import checks
from talentstats.errors import DataIntegrityError

if TYPE_CHECKING:
    import pandas as pd

_DESCRIPTOR = "datapackage.json"
_DTYPES = {"integer": "Int64", "number": "float64", "boolean": "boolean", "string": "string"}
_REMEDY = (
    "Restore it: `git checkout -- data` in a clone, or reinstall talentstats. After an intended "
    "change of a table, renew bytes and hash as data/README.md says."
)


def published(table: str | None = None) -> "pd.DataFrame":
    """Table of published figures, or the list of all tables.

    Parameters
    ----------
    table : str or None
        Name of a table; None lists them.

    Returns
    -------
    pandas.DataFrame
        One row a published cell, typed as the data package says (missing is NA or NaN); for
        the list `name, title, rows, description`.

    Raises
    ------
    UnknownNameError
        If there is no such table; offers the nearest names.
    DataIntegrityError
        If a file is missing, changed or not UTF-8.

    Examples
    --------
    >>> rates = published("stay_rates").set_index("row_id")
    >>> rates.loc["sei2024-china-10yr", ["as_printed", "place", "status"]].tolist()
    ['81', 'Table LBR-4', 'verified']
    >>> "stay_rates" in set(published()["name"])
    True
    """
    import pandas as pd

    if table is None:
        return pd.DataFrame(
            [
                {
                    "name": resource["name"],
                    "title": resource["title"],
                    "rows": len(table_rows(resource["name"])),
                    "description": resource["description"],
                }
                for resource in _resources().values()
            ]
        )
    resource = _resource(table)
    return pd.read_csv(
        io.StringIO(_text(resource)),
        dtype={f["name"]: _DTYPES[f["type"]] for f in resource["schema"]["fields"]},
        keep_default_na=False,
        na_values=[""],
        true_values=["true"],
        false_values=["false"],
    )


def table_rows(table: str) -> list[dict[str, str]]:
    """Rows of a table as text, without pandas.

    Parameters
    ----------
    table : str
        Name of a table.

    Returns
    -------
    list of dict
        Column name to text; a missing cell is "".

    Raises
    ------
    UnknownNameError
        If there is no such table.
    DataIntegrityError
        If a file is missing, changed or not UTF-8.

    Examples
    --------
    >>> table_rows("sources")[0]["source_id"]
    'aasf2022'
    """
    return list(csv.DictReader(io.StringIO(_text(_resource(table)), newline="")))


def table_hashes(tables: Iterable[str]) -> dict[str, str]:
    """Hashes of tables as read, for a record of what an analysis used.

    Parameters
    ----------
    tables : Iterable of str
        Names of tables.

    Returns
    -------
    dict
        Path in the data package to "sha256:...".

    Raises
    ------
    UnknownNameError
        If there is no such table.
    DataIntegrityError
        If a file is missing, changed or not UTF-8.

    Examples
    --------
    >>> list(table_hashes(["stay_rates"]))
    ['tables/stay_rates.csv']
    """
    resources = [_resource(table) for table in tables]
    for resource in resources:
        _text(resource)
    return {resource["path"]: resource["hash"] for resource in resources}


def _folder() -> Path:
    """Where the data stand: inside an installed package, or beside it in a checkout."""
    installed = Path(str(importlib.resources.files("talentstats"))) / "_data"
    return installed if installed.is_dir() else Path(__file__).parents[2] / "data"


def _resources() -> dict[str, dict[str, Any]]:
    """Descriptor of every table, by name."""
    path = _folder() / _DESCRIPTOR
    try:
        package = json.loads(_decoded(path, _bytes(path)))
        return {resource["name"]: resource for resource in package["resources"]}
    except (json.JSONDecodeError, KeyError, TypeError) as error:
        raise DataIntegrityError(f"{path} is not a data package ({error}). {_REMEDY}") from error


def _resource(table: str) -> dict[str, Any]:
    """Descriptor of one table."""
    resources = _resources()
    return resources[checks.one_of(table, resources, name="table")]


def _text(resource: dict[str, Any]) -> str:
    """Contents of a table's file, once its hash is what the package says."""
    path = _folder() / resource["path"]
    content = _bytes(path)
    text = _decoded(path, content)
    found = f"sha256:{hashlib.sha256(content).hexdigest()}"
    if found != resource["hash"]:
        raise DataIntegrityError(
            f"{path} has changed: its hash is {found}, the data package says {resource['hash']}. "
            f"{_REMEDY}"
        )
    return text


def _bytes(path: Path) -> bytes:
    """Bytes of a file of the package."""
    try:
        return path.read_bytes()
    except OSError as error:
        raise DataIntegrityError(f"{path} cannot be read ({error.strerror}). {_REMEDY}") from error


def _decoded(path: Path, content: bytes) -> str:
    """Decode a file that has to be UTF-8."""
    try:
        return content.decode("utf-8")
    except UnicodeDecodeError as error:
        raise DataIntegrityError(
            f"{path} is not UTF-8 (byte 0x{content[error.start]:02x} at position {error.start}). "
            f"{_REMEDY}"
        ) from error
