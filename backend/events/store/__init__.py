"""How facts are kept: PostgreSQL, canonical bytes, ciphertext and keys."""
