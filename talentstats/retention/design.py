"""Design effect of people sampled in clusters, and the checks of such options."""

from collections.abc import Iterable, Sequence

from talentstats import checks
from talentstats.errors import InputError


def cluster_design_effect(sizes: Sequence[int], *, icc: float) -> float:
    """Return the design effect of people sampled in clusters, such as authors through papers.

    Parameters
    ----------
    sizes : Sequence of int
        People in each cluster.
    icc : float
        Intraclass correlation of staying within a cluster, 0 to 1.

    Returns
    -------
    float
        1 + (sum of squared sizes / sum of sizes - 1) * icc.

    Raises
    ------
    InputError
        If there is no cluster, a size is not a whole number of 1 or more, or `icc`
        is outside [0, 1].

    References
    ----------
    Kish (1987), Weighting in Deft2, The Survey Statistician 17:26-30.

    Examples
    --------
    >>> cluster_design_effect([2, 2, 4], icc=0.1)
    1.2
    """
    if not isinstance(sizes, Iterable):
        raise InputError(f"sizes={sizes!r} is not a list of cluster sizes; give e.g. [3, 1, 2].")
    checked = [checks.whole_number(m, name="cluster size", minimum=1) for m in sizes]
    if not checked:
        raise InputError("no cluster sizes given; give at least one, e.g. sizes=[3, 1, 2].")
    rho = checks.finite_number(icc, name="icc", above=0, below=1, closed=True)
    return 1 + (sum(m * m for m in checked) / sum(checked) - 1) * rho


def checked_design_effect(value: float) -> float:
    """Return a design effect of at least 1.

    Parameters
    ----------
    value : float
        What the caller gave.

    Returns
    -------
    float
        The checked value.

    Raises
    ------
    InputError
        If it is below 1 or not finite.
    """
    return checks.finite_number(
        value, name="design_effect", above=1, below=1e6, closed=True, hint="1 is no clustering."
    )


def checked_prior(prior: tuple[float, float]) -> tuple[float, float]:
    """Return the two parameters of a Beta prior.

    Parameters
    ----------
    prior : tuple of float
        What the caller gave.

    Returns
    -------
    tuple of float
        The checked pair (a, b), both positive.

    Raises
    ------
    InputError
        If it is not two positive finite numbers.
    """
    try:
        a, b = prior
    except (TypeError, ValueError):
        raise InputError(
            f"prior={prior!r} is not a pair; give the Beta parameters, e.g. prior=(0.5, 0.5)."
        ) from None
    return (
        checks.finite_number(a, name="prior a", above=0, below=1e9),
        checks.finite_number(b, name="prior b", above=0, below=1e9),
    )
