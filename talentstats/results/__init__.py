"""What every result has in common: the protocol, the column vocabulary, provenance."""
