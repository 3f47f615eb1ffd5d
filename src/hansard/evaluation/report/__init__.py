"""The pages of an evaluation: plain HTML in a folder, read offline from a disk."""

from hansard.evaluation.report.writing import write_report

__all__ = ["write_report"]
