"""What is written about a transcript: clean text, summaries, chapters, names, answers."""
