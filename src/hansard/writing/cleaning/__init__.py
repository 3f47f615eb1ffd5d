"""Text without punctuation made readable; words and times stay."""
