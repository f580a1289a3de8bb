"""Projects: what is wanted, by which instructions, on which data."""
