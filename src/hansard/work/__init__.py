"""Deeds: what a door calls in process and a worker runs as a job."""
