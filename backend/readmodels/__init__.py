"""What can be asked: each file holds a table, the fold that fills it and the questions it answers."""
