"""What is wanted, from whom, at which quality."""
