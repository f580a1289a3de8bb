"""What quality control reaches, measured on real crowd answers and on a simulated workforce; seeds in every output."""
