"""Trying many settings: what may be tried, the study of it, a process for each trial."""
