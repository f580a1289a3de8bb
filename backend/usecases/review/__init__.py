"""Review: what was drawn is looked at by somebody else."""
