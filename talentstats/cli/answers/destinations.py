"""Answers of `talentstats destinations`."""

from typing import TYPE_CHECKING, Any

from talentstats.destinations.shares import DestinationShares

if TYPE_CHECKING:
    from talentstats.tables.table import Table


def text(found: DestinationShares) -> str:
    """Return the short readable answer.

    Parameters
    ----------
    found : DestinationShares
        The shares.

    Returns
    -------
    str
        Several lines.
    """
    return f"{found.sentence}\n\n{table(found)}"


def document(found: DestinationShares) -> dict[str, Any]:
    """Return the JSON document.

    Parameters
    ----------
    found : DestinationShares
        The shares.

    Returns
    -------
    dict
        As described by the schema in docs.
    """
    tested = found.comparison
    return {
        "command": "destinations",
        "known": found.counts.known,
        "unknown": found.counts.unknown,
        "level": found.level,
        "method": found.method,
        "prior": found.prior_name,
        "destinations": [
            {
                "destination": place,
                "count": found.counts.counts[place],
                "share": found.share[i],
                "low": found.lower[i],
                "high": found.upper[i],
                "posterior_mean": found.posterior.mean[i],
                "posterior_low": found.posterior.lower[i],
                "posterior_high": found.posterior.upper[i],
                "share_low_unknown": found.share_low[i],
                "share_high_unknown": found.share_high[i],
            }
            for i, place in enumerate(found.destinations)
        ],
        "comparison": None
        if tested is None
        else {
            "shares": dict(zip(found.destinations, tested.shares.tolist(), strict=True)),
            "p_exact": tested.p_exact,
            "score": {
                "statistic": tested.score.statistic,
                "p_value": tested.score.p_value,
                "degrees": tested.score.degrees,
            },
            "likelihood_ratio": {
                "statistic": tested.likelihood_ratio.statistic,
                "p_value": tested.likelihood_ratio.p_value,
                "degrees": tested.likelihood_ratio.degrees,
            },
        },
        "sentence": found.sentence,
        "version": found.provenance.version,
    }


def table(found: DestinationShares) -> "Table":
    """Return one row a destination.

    Parameters
    ----------
    found : DestinationShares
        The shares.

    Returns
    -------
    Table
        For a paper.
    """
    from talentstats.tables.frame_table import frame_table

    return frame_table(
        found.tidy(level=found.level),
        columns={
            "outcome": "Destination",
            "count": "People",
            "estimate": "Share",
            "conf_low": "Lower",
            "conf_high": "Upper",
            "posterior_mean": "Posterior mean",
            "posterior_low": "Lower, posterior",
            "posterior_high": "Upper, posterior",
        },
        formats=dict.fromkeys(
            [
                "estimate",
                "conf_low",
                "conf_high",
                "posterior_mean",
                "posterior_low",
                "posterior_high",
            ],
            "percent",
        ),
        caption=f"Shares of {found.counts.known} people by destination",
        notes=(
            f"{100 * found.level:g}% simultaneous intervals ({found.method}); posterior under the "
            f"{found.prior_name} Dirichlet prior with equal-tailed intervals of each share alone."
        ),
    )
