"""Measurements that are quoted somewhere: each prints its numbers as one JSON object."""
