"""Recordings and corrections into a better model: data, training, packaging."""
