"""The exact summaries that every question is asked of: counts, spells, cells."""

from talentstats.summaries.account import RowAccount
from talentstats.summaries.cells import RiskCells
from talentstats.summaries.counts import DestinationCounts, RetentionCounts
from talentstats.summaries.destination_cells import DestinationCells
from talentstats.summaries.spells import Spells

__all__ = [
    "DestinationCells",
    "DestinationCounts",
    "RetentionCounts",
    "RiskCells",
    "RowAccount",
    "Spells",
]
