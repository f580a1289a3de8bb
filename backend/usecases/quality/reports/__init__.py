"""Reports of quality: what answers are worth by group, where results are probably wrong, and what they say."""
