"""The queue: claimed, held, answered, decided."""
