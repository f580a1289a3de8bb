"""How right people are, from evidence alone."""
