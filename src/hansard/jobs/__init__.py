"""Durable work: what was asked survives until it is done, once."""
