"""Gold: mixed into work, watched, retired, told of when it runs low, and made of work that was judged blind."""
