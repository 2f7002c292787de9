"""Residuals of a Cox model as frames."""

from typing import TYPE_CHECKING, Literal, get_args

import numpy as np

from talentstats import checks
from talentstats.errors import InputError
from talentstats.stats.cox_residuals import (
    deviance_residuals,
    martingale_residuals,
    schoenfeld_residuals,
    score_residuals,
)

if TYPE_CHECKING:
    import pandas as pd

    from talentstats.survival.cox_result import CoxModel

type ResidualKind = Literal[
    "martingale", "deviance", "score", "dfbeta", "schoenfeld", "scaled-schoenfeld"
]


def residual_frame(model: "CoxModel", kind: ResidualKind) -> "pd.DataFrame":
    """Return residuals of one kind.

    Parameters
    ----------
    model : CoxModel
        A fit.
    kind : str
        As in `CoxModel.residuals`.

    Returns
    -------
    pandas.DataFrame
        As there.

    Raises
    ------
    InputError
        If the likelihood of ties was exact, which has no such residuals.
    UnknownNameError
        If there is no such kind.

    Examples
    --------
    >>> from talentstats.summaries.spells import Spells
    >>> from talentstats.survival.cox_model import cox_model
    >>> spells = Spells.from_arrays(
    ...     exit=[1, 2, 3, 4], event=[1, 1, 1, 0], covariates={"late": [0, 1, 0, 1]}
    ... )
    >>> fit = cox_model(spells, "~ late", penalty="none")
    >>> bool(abs(residual_frame(fit, "martingale")["residual"].sum()) < 1e-9)
    True
    """
    import pandas as pd

    checks.one_of(kind, get_args(ResidualKind.__value__), name="kind of residual")
    e = model.estimate
    if e.ties == "exact" and kind not in {"martingale", "deviance"}:
        raise InputError(f"{kind} residuals are not defined for ties='exact'. Hint: ties='efron'.")
    data, steps = e.data, e.steps
    if kind in {"martingale", "deviance"}:
        found = martingale_residuals(data, steps)
        if kind == "deviance":
            found = deviance_residuals(found, model.rows.event)
        return pd.DataFrame({"residual": found})
    if kind in {"score", "dfbeta"}:
        scores = score_residuals(data, steps)
        values = scores * data.scale
        if kind == "dfbeta":
            values = scores @ e.naive / data.scale * model.rows.weight[:, None]
        return pd.DataFrame(values, columns=list(model.names))
    values = schoenfeld_residuals(data, steps)
    if kind == "scaled-schoenfeld":
        spread = e.naive / np.outer(data.scale, data.scale)
        values = data.end_count * values @ spread + model.coefficients
    order = np.argsort(data.time[data.place], kind="stable")
    p = len(model.names)
    return pd.DataFrame(
        {
            "time": np.tile(data.time[data.place][order], p),
            "term": np.repeat(np.array(model.names, dtype=object), order.size),
            "residual": values[order].T.ravel(),
            "weight": np.tile(data.mass[data.dead][order], p),
        }
    )
