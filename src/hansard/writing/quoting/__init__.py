"""Summaries, chapters and answers by quotation, without a model."""
