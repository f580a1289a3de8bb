"""The demonstration: real handwritten digits, labelled by a workforce that is simulated and says so."""
