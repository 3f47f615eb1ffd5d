"""The only place where objects are built and joined."""
