"""Training itself: windows and labels, the loop, its checkpoints, the record of a run."""
