"""Agreements: published, presented, signed, enforced, proved."""
