"""Where people end up: multinomial shares."""

from talentstats.destinations.shares import DestinationShares, destination_shares

__all__ = ["DestinationShares", "destination_shares"]
