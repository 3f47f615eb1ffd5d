"""The JSON interfaces: jobs, and what OpenAI's clients speak."""
