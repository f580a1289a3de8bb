"""Items, tasks, leases and the result of several answers."""
