"""What a table needs to know of a fit, whichever library made it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:
    import pandas as pd

DEFAULT_LEVEL = 0.95


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class FitColumns:
    """One column of a coefficient table, before anything is formatted.

    Parameters
    ----------
    model : str
        What was fitted, as a reader would say it.
    outcome : str
        The outcome or destination of this column; empty where a fit has only one.
    terms : pandas.DataFrame
        One row a term: `component` ("" for coefficients, else "threshold" and the like),
        `term`, `estimate`, `std_error`, `statistic`, `p_value`, `conf_low`, `conf_high`,
        `conf_level`, `interval`; of Bayesian fits also `p_direction`, `prior` in words and
        `span`, over how many outcomes the term holds.
    statistics : Mapping of str to Any
        Numbers of the fit as a whole: `n`, `events`, `aic` and so on.
    estimand : str
        What the coefficients estimate, in the singular ("log hazard ratio").
    ratio : str or None
        What their exponentials estimate; None where these mean nothing.
    std_errors : str
        Kind of the standard errors; empty where unknown.
    estimator : str
        What the estimates are, in the plural; empty where the estimand says it.
    references : Mapping of str to str
        Term before which the label of a reference category stands.
    notes : tuple of str
        What a reader of this column has to be told besides.
    """

    model: str
    outcome: str = ""
    terms: "pd.DataFrame"
    statistics: Mapping[str, Any]
    estimand: str
    ratio: str | None
    std_errors: str = ""
    estimator: str = ""
    references: Mapping[str, str] = field(default_factory=dict)
    notes: tuple[str, ...] = ()


def terms_frame(
    *,
    term: Sequence[str],
    estimate: NDArray[np.float64],
    std_error: NDArray[np.float64],
    statistic: NDArray[np.float64],
    p_value: NDArray[np.float64],
    limits: NDArray[np.float64],
    level: float,
    interval: str,
    component: Sequence[str] | str = "",
) -> "pd.DataFrame":
    """Lay arrays out in the vocabulary.

    Parameters
    ----------
    term : Sequence of str
        Names, length k.
    estimate, std_error, statistic, p_value : (k,) arrays
        As the fit carries them.
    limits : (k, 2) array
        Lower and upper limits.
    level : float
        Level of the limits.
    interval : str
        Kind of the limits.
    component : Sequence of str or str
        Part of the model that each term belongs to.

    Returns
    -------
    pandas.DataFrame
        The `terms` of a `FitColumns`.
    """
    import pandas as pd

    bounds = np.asarray(limits, dtype=np.float64).reshape(len(term), 2)
    return pd.DataFrame(
        {
            "component": [component] * len(term) if isinstance(component, str) else component,
            "term": [str(name) for name in term],
            "estimate": np.asarray(estimate, dtype=np.float64),
            "std_error": np.asarray(std_error, dtype=np.float64),
            "statistic": np.asarray(statistic, dtype=np.float64),
            "p_value": np.asarray(p_value, dtype=np.float64),
            "conf_low": bounds[:, 0],
            "conf_high": bounds[:, 1],
            "conf_level": level,
            "interval": interval,
        }
    )


def class_names(fit: object) -> tuple[str, ...]:
    """Return the class of an object and its ancestors by name, nearest first.

    Parameters
    ----------
    fit : object
        Anything.

    Returns
    -------
    tuple of str
        Bare class names.
    """
    return tuple(kind.__name__ for kind in type(fit).__mro__)


def made_by(fit: object, library: str) -> bool:
    """Return whether a class of the object comes from the library, without importing it.

    Parameters
    ----------
    fit : object
        Anything.
    library : str
        Top-level name of the library.

    Returns
    -------
    bool
        True for its classes and for classes that inherit from them.
    """
    return any(kind.__module__.partition(".")[0] == library for kind in type(fit).__mro__)
