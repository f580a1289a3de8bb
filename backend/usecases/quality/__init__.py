"""Quality: what comes out, how sure that is, and whether it is what was asked for."""
