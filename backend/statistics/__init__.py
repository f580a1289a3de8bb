"""Mathematics that knows nothing of Muster: shares and intervals, distances, agreement, inspection plans."""
