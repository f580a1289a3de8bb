"""Models that answer: registered, routed by confidence, compared with people, and reported on."""
