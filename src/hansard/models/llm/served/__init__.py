"""The back end `openai`: what goes to a server, and what comes back."""
