"""Insight: what stands in the way, and what the figures say."""
