"""Where rows went, as JSON."""

from collections.abc import Sequence
from typing import Any

from talentstats.summaries.account import RowAccount


def account_documents(accounts: Sequence[RowAccount]) -> list[dict[str, Any]]:
    """Return one object a step.

    Parameters
    ----------
    accounts : Sequence of RowAccount
        The steps.

    Returns
    -------
    list of dict
        As described by the schema in docs.
    """
    return [
        {
            "step": account.step,
            "rows_in": account.rows_in,
            "used": account.used,
            "left_out": dict(account.left_out),
            "people": account.people,
            "person_years": account.person_years,
        }
        for account in accounts
    ]
