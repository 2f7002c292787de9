"""Where a result came from: enough to state it in a table note and to run it again."""

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any

from talentstats._version import __version__
from talentstats.summaries.remake import remake


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Provenance:
    """What made a result.

    Parameters
    ----------
    function : str
        Public name of the function that was called.
    arguments : Mapping of str to Any
        The arguments after defaults were filled in; plain values only.
    method : str
        The statistical method by name.
    sources : tuple of str
        Identifiers of the published sources that entered, in `published("sources")`.
    seed : int or None
        Seed of the random numbers; None where none were used.
    version : str
        Version of talentstats.
    """

    function: str
    arguments: Mapping[str, Any]
    method: str
    sources: tuple[str, ...] = ()
    seed: int | None = None
    version: str = __version__

    def __post_init__(self) -> None:
        object.__setattr__(self, "arguments", MappingProxyType(dict(self.arguments)))

    def __reduce__(self) -> tuple[Any, ...]:
        return remake(self)
