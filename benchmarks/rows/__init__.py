"""The rows of the benchmark table, one module each."""
