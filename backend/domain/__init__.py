"""What may happen: pure deciders and policies; no clock, no ids, no dice, no I/O."""
