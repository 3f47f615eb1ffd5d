"""Summaries and answers that a language model writes."""
