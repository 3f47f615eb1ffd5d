"""Which segments each point rests on, and whether they support it."""
