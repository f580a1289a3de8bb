"""Backtest: the recorded history of a project as another quality plan would have handled it; nothing is written."""
