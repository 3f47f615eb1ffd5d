"""Lends converted weights as they will be served, so that a package can be compared with them."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

from hansard.models.engines import Engine
from hansard.models.hub.opening import Opening, open_foreign
from hansard.plugins import load_engine_spec
from hansard.settings import Options
from hansard.wiring.machine import place

ENGINE = "faster-whisper"
"""The engine that reads CTranslate2's layout."""


class Converted:
    """Opens folders of CTranslate2 weights on the CPU, whatever the machine has."""

    def __init__(self, options: Options) -> None:
        """`options` say how many threads there are."""
        self._options = replace(options, device="cpu", compute_type="default", workers=1)

    @contextmanager
    def open(self, folder: Path, compute_type: str) -> Iterator[Engine]:
        """An engine with these weights, for as long as the block lasts.

        Raises:
            ModelError: there are none, or they cannot be loaded.
        """
        files = open_foreign(Opening(name=folder.name, folder=folder), "ctranslate2", None)
        where = replace(place(self._options, files.size), compute_type=compute_type)
        engine = load_engine_spec(ENGINE).load(files, where)
        try:
            yield engine
        finally:
            engine.close()
