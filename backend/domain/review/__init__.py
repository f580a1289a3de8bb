"""Which answers are looked at, what was said of them, and what goes to experts."""
