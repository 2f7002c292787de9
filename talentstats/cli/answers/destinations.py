"""Answers of `talentstats destinations` without covariates."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, Final

from talentstats.cli.answers.accounts import account_documents
from talentstats.destinations.shares import DestinationShares
from talentstats.summaries.account import RowAccount

if TYPE_CHECKING:
    from talentstats.tables.table import Table

SIMULATED: Final = "Simulated data: nobody in it exists."


def text(
    found: DestinationShares, accounts: Sequence[RowAccount] = (), *, simulated: bool = False
) -> str:
    """Return the short readable answer.

    Parameters
    ----------
    found : DestinationShares
        The shares.
    accounts : Sequence of RowAccount
        Where the rows of a file went.
    simulated : bool
        Whether the people are simulated.

    Returns
    -------
    str
        Several lines.
    """
    lines = [found.sentence, "", str(table(found, simulated=simulated))]
    lines += ["", *(account.sentence for account in accounts)] if accounts else []
    return "\n".join(lines)


def document(
    found: DestinationShares, accounts: Sequence[RowAccount] = (), *, simulated: bool = False
) -> dict[str, Any]:
    """Return the JSON document.

    Parameters
    ----------
    found : DestinationShares
        The shares.
    accounts : Sequence of RowAccount
        Where the rows of a file went.
    simulated : bool
        Whether the people are simulated.

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
        "notes": [SIMULATED] if simulated else [],
        "accounts": account_documents(accounts),
        "version": found.provenance.version,
    }


def table(found: DestinationShares, *, simulated: bool = False) -> "Table":
    """Return one row a destination.

    Parameters
    ----------
    found : DestinationShares
        The shares.
    simulated : bool
        Whether the people are simulated.

    Returns
    -------
    Table
        For a paper.
    """
    from talentstats.tables.grid import Cell, Row
    from talentstats.tables.numbers import format_number, format_percent
    from talentstats.tables.table import Table

    shown = {
        "Share": found.share,
        "Lower": found.lower,
        "Upper": found.upper,
        "Posterior mean": found.posterior.mean,
        "Lower, posterior": found.posterior.lower,
        "Upper, posterior": found.posterior.upper,
    }
    # Cell by cell, since a data frame would take longer to import than all else together.
    rows = [
        Row(
            "row",
            place,
            (
                Cell(format_number(float(n), decimals=0, thousands=True), numeric=True),
                *(Cell(format_percent(float(v[i])), numeric=True) for v in shown.values()),
            ),
        )
        for i, (place, n) in enumerate(found.counts.counts.items())
    ]
    return Table(
        header=((Cell("People"), *(Cell(name) for name in shown)),),
        rows=tuple(rows),
        align=("r", "r", "r", "r", "r", "r", "r"),
        stub_label="Destination",
        caption=f"Shares of {found.counts.known} people by destination"
        + (" (simulated data)" if simulated else ""),
        notes=(
            f"{100 * found.level:g}% simultaneous intervals ({found.method}); posterior under the "
            f"{found.prior_name} Dirichlet prior with equal-tailed intervals of each share alone.",
        ),
    )
