"""What one may do: one function, one intention, one transaction, closed before the answer."""
