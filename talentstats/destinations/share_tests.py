"""Tests of destination counts against given shares."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from talentstats import checks
from talentstats.errors import InputError
from talentstats.stats import multinomial
from talentstats.stats.limits import Floats, read_only
from talentstats.summaries.counts import DestinationCounts

# The exact test visits every outcome: about a second and 100 MB at this many.
EXACT_OUTCOMES: Final = 2_000_000
# Shares printed to three decimals miss 1 by less than this.
_SUM_TOLERANCE: Final = 1e-6


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class SharesComparison:
    """Destination counts against given shares.

    Parameters
    ----------
    shares : (k,) ndarray
        What was tested against, in the order of the destinations.
    outcomes : int
        Outcomes that the exact test has to visit.
    p_exact : float or None
        p-value of the exact multinomial test; None above `EXACT_OUTCOMES` outcomes.
    score : SharesTest
        Pearson's chi-squared test.
    likelihood_ratio : SharesTest
        The G test.
    """

    shares: Floats
    outcomes: int
    p_exact: float | None
    score: multinomial.SharesTest
    likelihood_ratio: multinomial.SharesTest

    @property
    def sentence(self) -> str:
        """The tests in one sentence."""
        exact = (
            f"exact p not computed (more than {EXACT_OUTCOMES:,} outcomes)"
            if self.p_exact is None
            else f"exact p = {self.p_exact:.3g}"
        )
        given = ", ".join(f"{100 * share:g}%" for share in self.shares)
        return (
            f"Against {given}: {exact}, score p = {self.score.p_value:.3g}, "
            f"likelihood ratio p = {self.likelihood_ratio.p_value:.3g}."
        )


def compare_shares(counts: DestinationCounts, shares: Mapping[str, float]) -> SharesComparison:
    """Test destination counts against given shares.

    Parameters
    ----------
    counts : DestinationCounts
        People by destination.
    shares : Mapping of str to float
        One positive share a destination, with sum 1.

    Returns
    -------
    SharesComparison
        Exact, score and likelihood-ratio tests.

    Raises
    ------
    InputError
        If the shares do not name the destinations, are not in (0, 1) or do not sum to 1.

    Examples
    --------
    >>> counts = DestinationCounts({"US": 87, "CN": 10, "other": 3})
    >>> tested = compare_shares(counts, {"US": 0.9, "CN": 0.08, "other": 0.02})
    >>> round(tested.p_exact, 4), round(tested.score.p_value, 4)
    (0.4239, 0.5769)
    """
    given = by_destination(shares, counts, name="shares")
    checked = [checks.rate(value, name=f"share of {place!r}") for place, value in given.items()]
    total = sum(checked)
    if abs(total - 1) > _SUM_TOLERANCE:
        raise InputError(
            f"the shares sum to {total:g}; allowed is 1. Hint: put what is left into a share of "
            "its own, and its people into a destination of their own."
        )
    people = list(counts.counts.values())
    q = read_only([value / total for value in checked])
    outcomes = multinomial.outcome_count(total=counts.known, categories=len(people))
    return SharesComparison(
        shares=q,
        outcomes=outcomes,
        p_exact=(
            multinomial.exact_test(counts=people, shares=q).p_value
            if outcomes <= EXACT_OUTCOMES
            else None
        ),
        score=multinomial.score_test(counts=people, shares=q),
        likelihood_ratio=multinomial.likelihood_ratio_test(counts=people, shares=q),
    )


def by_destination[Value](
    values: Mapping[str, Value], counts: DestinationCounts, *, name: str
) -> dict[str, Value]:
    """Return values in the order of the destinations.

    Parameters
    ----------
    values : Mapping of str to Any
        One value a destination.
    counts : DestinationCounts
        Whose destinations they must name.
    name : str
        What the values are, for the message.

    Returns
    -------
    dict of str to Any
        In the order of the destinations.

    Raises
    ------
    InputError
        If it is not a mapping, or a destination is missing or unknown.
    """
    names = counts.destinations
    if not isinstance(values, Mapping):
        raise InputError(
            f"{name}={values!r} is not a mapping; give one value for each of {', '.join(names)}."
        )
    missing = [place for place in names if place not in values]
    if missing:
        raise InputError(
            f"{name} has no value for {missing[0]!r}; give one for each of {', '.join(names)}."
        )
    for place in values:
        checks.one_of(place, names, name="destination")
    return {place: values[place] for place in names}
