"""Webhooks: what is told to systems outside, where, and what came of it."""
