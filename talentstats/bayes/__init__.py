"""What partial pooling shares: matrices in, labelled draws out."""
