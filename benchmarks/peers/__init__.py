"""Other systems, run the way their makers recommend, doing the same work beside ours."""
