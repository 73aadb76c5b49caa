"""A strategy that the package does not know, as somebody would write it."""
