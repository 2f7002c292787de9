"""Cox regression with delayed entry, start-stop rows, strata, clusters and few events."""

from collections.abc import Sequence
from dataclasses import replace
from typing import get_args

import numpy as np

from talentstats import checks
from talentstats.errors import InputError
from talentstats.results.provenance import Provenance
from talentstats.summaries.spells import Spells
from talentstats.survival.cox_estimate import Penalty, Ties, cox_estimate
from talentstats.survival.cox_notes import notes
from talentstats.survival.cox_result import CoxModel
from talentstats.survival.cox_rows import cox_rows
from talentstats.survival.formula import design


def cox_model(
    spells: Spells,
    formula: str,
    *,
    ties: Ties = "efron",
    strata: str | Sequence[str] | None = None,
    cluster: str | None = None,
    robust: bool = False,
    destination: str | None = None,
    penalty: Penalty = "auto",
    level: float = 0.95,
) -> CoxModel:
    """Estimate hazard ratios of leaving, with a baseline hazard left open.

    Assumptions: hazards are proportional (`ph_test` tests it); entry and censoring tell
    nothing about leaving, given the covariates. At risk on (entry, exit]; one person may
    have several rows, over which covariates change: give the spells clusters that say whose
    they are, or each row is counted as a person. Fewer than 40 clusters make robust errors
    too small.

    Parameters
    ----------
    spells : Spells
        Stays; ends known only within intervals are allowed if the looks are on a common
        grid, and are put at the upper end.
    formula : str
        Such as "~ sector * career_stage + age", of covariates of the spells.
    ties : {"efron", "breslow", "exact"}
        Rule for ends at one time; "exact" is the conditional likelihood of discrete time,
        whose coefficients are log odds ratios, and has no penalty, weights or robust errors.
    strata : str, sequence of str or None
        Covariates whose combinations have baselines of their own.
    cluster : str or None
        Covariate whose levels belong together in robust errors, such as an institution.
    robust : bool
        Whether errors are robust (Lin and Wei): by the clusters of the spells where they
        have them, else each row by itself. Implied by `cluster`, and by sampling weights,
        with which model errors have no meaning. Otherwise errors are those of the model.
    destination : str or None
        The destination whose cause-specific hazard is meant, ends elsewhere being
        censored; None is any end.
    penalty : {"auto", "none", "firth"}
        Firth's penalty: "auto" uses it where an estimate would be infinite or there are
        fewer than 10 events per parameter (not with exact ties).
    level : float
        Level of the sentences.

    Returns
    -------
    CoxModel
        Coefficients, tests, residuals, baselines, predictions, notes.

    Raises
    ------
    InputError
        If nobody left, covariates are constant or collinear (named), an estimate is
        infinite and may not be penalised, the maximum is not reached, looks are irregular,
        options exclude one another, or more than 10 million ends are tied (efron).
    UnknownNameError
        If there is no such covariate, destination or option.

    References
    ----------
    Cox, D. R. (1972). Regression models and life-tables. Journal of the Royal Statistical
    Society B 34, 187-220. doi:10.1111/j.2517-6161.1972.tb00899.x. Heinze, G. and Schemper, M.
    (2001). Biometrics 57, 114-119. doi:10.1111/j.0006-341X.2001.00114.x. Therneau, T. M. and
    Grambsch, P. M. (2000). Modeling Survival Data. doi:10.1007/978-1-4757-3294-8

    Examples
    --------
    >>> spells = Spells.from_arrays(
    ...     exit=[1, 2, 3, 4], event=[1, 1, 1, 0], covariates={"late": [0, 1, 0, 1]}
    ... )
    >>> fit = cox_model(spells, "~ late", penalty="none")
    >>> fit.tidy()[["term", "estimate"]].round(4).values.tolist()
    [['late', -0.9406]]
    """
    if not isinstance(spells, Spells):
        raise InputError(
            f"spells is a {type(spells).__name__}; allowed are Spells. Hint: Spells.from_frame."
        )
    checks.one_of(ties, get_args(Ties.__value__), name="ties")
    checks.one_of(penalty, get_args(Penalty.__value__), name="penalty")
    checked = checks.level(level)
    weighted = bool(np.any(spells.weight != 1.0))
    asked = robust or cluster is not None
    if ties == "exact" and (asked or weighted or penalty == "firth"):
        raise InputError(
            "ties='exact' has no robust errors, sampling weights or penalty. Hint: ties='efron'."
        )
    rows = cox_rows(
        spells,
        strata=strata,
        cluster=cluster,
        robust=asked or weighted,
        destination=destination,
    )
    made = design(formula, spells.covariates, weight=rows.count)
    if not made.names:
        raise InputError(
            f"the formula {formula!r} has no covariates, and a Cox model estimates nothing else. "
            "Hint: survival_curve or hazard_rates."
        )
    errors = "model" if not asked and not weighted else "robust"
    errors = "cluster" if errors == "robust" and rows.cluster is not None else errors
    estimate = cox_estimate(rows, made, ties=ties, penalty=penalty, robust=errors != "model")
    layers = () if strata is None else (strata,) if isinstance(strata, str) else tuple(strata)
    competing = destination is not None and bool(np.any(spells.ended & ~rows.event))
    return CoxModel(
        # The coding is kept, the matrix is not: the scaled one is in the estimate.
        design=replace(made, matrix=made.matrix[:0].copy()),
        rows=rows,
        estimate=estimate,
        errors=errors,
        strata=layers,
        destination=destination,
        competing=competing,
        account=rows.account,
        level=checked,
        notes=notes(
            rows,
            estimate,
            errors=errors,
            destination=destination,
            competing=competing,
            unused_cluster=spells.cluster is not None and errors == "model",
            strata=layers,
        ),
        provenance=Provenance(
            function="cox_model",
            arguments={
                "formula": formula,
                "ties": ties,
                "strata": layers,
                "cluster": cluster,
                "robust": robust,
                "destination": destination,
                "penalty": penalty,
                "level": checked,
            },
            method=f"Cox partial likelihood ({ties})"
            + (", Firth's penalty" if estimate.penalised else ""),
        ),
    )
