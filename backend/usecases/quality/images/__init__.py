"""Images: reports that are looked at, drawn here without a library; pure functions of numbers and words."""
