"""A trained model made ready to serve: checked, converted, compared with itself, described."""

from hansard.training.packaging.comparing import OpenEngine
from hansard.training.packaging.making import Making, Packaged, make_package
from hansard.training.packaging.options import Limits, PackageOptions
from hansard.training.packaging.source import Source, find_source

__all__ = [
    "Limits",
    "Making",
    "OpenEngine",
    "PackageOptions",
    "Packaged",
    "Source",
    "find_source",
    "make_package",
]
