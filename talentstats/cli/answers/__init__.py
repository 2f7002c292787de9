"""What each command says: text, JSON document, frame and table of a result."""
