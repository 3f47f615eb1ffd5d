"""What people say when they decide, promise, ask or quote."""
