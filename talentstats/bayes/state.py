"""Frozen dataclasses to JSON and back, by their own type hints: no pickle, nothing is run."""

import json
import types
import typing
from collections.abc import Mapping
from dataclasses import fields, is_dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from talentstats.errors import InputError


def to_json(instance: Any, *, leave_out: tuple[str, ...] = ()) -> str:
    """Return a dataclass as JSON from which `from_json` makes an equal one.

    Parameters
    ----------
    instance : dataclass
        Its fields hold numbers, texts, None, arrays, tuples, lists, mappings and dataclasses.
    leave_out : tuple of str
        Fields of the outermost that are kept elsewhere.

    Returns
    -------
    str
        Every float with all its digits.

    Raises
    ------
    InputError
        If a value is of another kind.

    Examples
    --------
    >>> from talentstats.results.provenance import Provenance
    >>> made = Provenance(function="retention", arguments={"at": (1, 2)}, method="wilson")
    >>> from_json(to_json(made), Provenance).arguments["at"]
    (1, 2)
    """
    held = {
        field.name: _packed(getattr(instance, field.name))
        for field in fields(instance)
        if field.name not in leave_out
    }
    return json.dumps(held, ensure_ascii=False, allow_nan=False)


def from_json[Made](text: str, kind: type[Made], **kept: Any) -> Made:
    """Return the dataclass that `to_json` wrote.

    Parameters
    ----------
    text : str
        What `to_json` returned.
    kind : type
        The dataclass.
    **kept : Any
        Fields that were left out.

    Returns
    -------
    object
        Of that kind.

    Raises
    ------
    InputError
        If the text has other fields than the dataclass.
    """
    made: Made = _made(json.loads(text), kind, kept)
    return made


def _packed(value: Any) -> Any:
    """Turn a value into what JSON holds; whatever JSON would change is wrapped."""
    match value:
        case np.generic():
            return _packed_array(np.asarray(value), scalar=True)
        case np.ndarray():
            return _packed_array(value, scalar=False)
        case float():
            # JSON knows no infinity, and Python writes a float with all digits it needs.
            return value if np.isfinite(value) else {"float": str(value)}
        case None | bool() | int() | str():
            return value
        case tuple():
            return {"tuple": [_packed(item) for item in value]}
        case list():
            return [_packed(item) for item in value]
        case Mapping():
            return {"map": [[_packed(key), _packed(item)] for key, item in value.items()]}
    if not is_dataclass(value):
        raise InputError(
            f"a {type(value).__name__} cannot be saved; allowed are numbers, texts, arrays, "
            "tuples, lists, mappings and dataclasses of these."
        )
    return {"fields": {field.name: _packed(getattr(value, field.name)) for field in fields(value)}}


def _packed_array(array: NDArray[Any], *, scalar: bool) -> dict[str, Any]:
    """Turn an array into its type, shape and values."""
    kind = "T" if array.dtype.kind == "T" else array.dtype.str
    return {
        "array": kind,
        "shape": list(array.shape),
        "values": [_packed(item) for item in array.ravel().tolist()],
        "scalar": scalar,
    }


def _unpacked(held: Any, hint: Any) -> Any:
    """Turn what JSON held back into a value; the hint says which dataclass it is."""
    match held:
        case list():
            return [_unpacked(item, _inner(hint, list, i)) for i, item in enumerate(held)]
        case {"float": text}:
            return float(text)
        case {"tuple": items}:
            return tuple(_unpacked(item, _inner(hint, tuple, i)) for i, item in enumerate(items))
        case {"map": pairs}:
            return {
                _unpacked(key, Any): _unpacked(item, _inner(hint, Mapping, 1))
                for key, item in pairs
            }
        case {"array": kind, "shape": shape, "values": values, "scalar": scalar}:
            return _unpacked_array(kind, shape, [_unpacked(v, Any) for v in values], scalar)
        case {"fields": inner}:
            found = [one for one in _choices(hint) if is_dataclass(one)]
            if len(found) != 1:
                raise InputError(f"the saved fields {', '.join(inner)} fit no class of this fit.")
            return _made(inner, found[0], {})
    return held


def _unpacked_array(kind: str, shape: list[int], values: list[Any], scalar: bool) -> Any:
    """Make an array, or one number of an array's type."""
    dtype: Any = np.dtypes.StringDType() if kind == "T" else np.dtype(kind)
    flat = np.empty(len(values), dtype=dtype)
    for i, value in enumerate(values):
        flat[i] = value
    return flat[0] if scalar else flat.reshape(shape)


def _made(held: Mapping[str, Any], kind: Any, kept: Mapping[str, Any]) -> Any:
    """Make a dataclass from its fields."""
    wanted = {field.name for field in fields(kind)}
    if wanted != {*held, *kept}:
        odd = sorted(wanted ^ {*held, *kept})
        raise InputError(
            f"a {kind.__name__} of this version has other fields than the saved one: "
            f"{', '.join(odd)}. Hint: fit again, or read it with the version that saved it."
        )
    hints = typing.get_type_hints(kind)
    return kind(**{name: _unpacked(value, hints[name]) for name, value in held.items()}, **kept)


def _choices(hint: Any) -> tuple[Any, ...]:
    """Return what a hint allows: the members of a union, an alias by its value."""
    if isinstance(hint, typing.TypeAliasType):
        return _choices(hint.__value__)
    if isinstance(hint, types.UnionType) or typing.get_origin(hint) is typing.Union:
        return tuple(one for part in typing.get_args(hint) for one in _choices(part))
    return (hint,)


def _inner(hint: Any, outer: type, place: int) -> Any:
    """Return the hint of an item of a tuple, a list or a mapping."""
    for one in _choices(hint):
        origin, arguments = typing.get_origin(one), typing.get_args(one)
        if isinstance(origin, type) and issubclass(outer, origin) and arguments:
            return arguments[min(place, 0 if arguments[-1] is ... else len(arguments) - 1)]
    return Any
