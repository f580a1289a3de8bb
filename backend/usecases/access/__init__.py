"""Who comes in: keys, tokens for front-ends, and the log of what everybody did."""
