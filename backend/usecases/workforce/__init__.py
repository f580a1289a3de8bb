"""People: how they come, where they stand, for whom they work, when they can."""
