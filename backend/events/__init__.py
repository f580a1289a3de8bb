"""What happened: typed facts with chosen names, and nothing that decides."""
