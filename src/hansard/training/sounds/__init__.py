"""Clips as sound: trimmed and levelled, with noise and room, and with the times of their words.

The room's parts are imported by their own names (`augmenting`, `recipes`, `preprocessing` ...), so
that nobody loads what is not used.
"""
