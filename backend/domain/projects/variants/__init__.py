"""Variants of gold: what becomes of an item's payload and of its key when the item is mirrored, cropped, reordered."""
