"""Skills: who holds which, at what level, on which evidence."""
