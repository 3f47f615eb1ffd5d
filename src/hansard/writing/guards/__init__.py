"""Orders to the machine in a transcript, and secrets in an answer."""
