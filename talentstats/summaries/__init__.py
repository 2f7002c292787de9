"""The exact summaries that every question is asked of: counts, spells, cells."""

from talentstats.summaries.counts import DestinationCounts, RetentionCounts

__all__ = ["DestinationCounts", "RetentionCounts"]
