"""The Python door: `transcribe`, and `Transcriber` for those who keep models loaded themselves."""

from collections.abc import Callable
from dataclasses import replace
from functools import cache
from pathlib import Path
from types import TracebackType
from typing import BinaryIO, Self

from hansard.pipeline import Event
from hansard.settings import Options, read
from hansard.transcript import Transcript
from hansard.transcript.formats import read as read_text
from hansard.transcript.summaries import Answer, Summary
from hansard.wiring.workshop import LocalWorkshop
from hansard.work.align import Aligned, knows_words, realign
from hansard.work.align import align as do_align
from hansard.work.ask import ask as do_ask
from hansard.work.clean import clean as do_clean
from hansard.work.diarise import diarise as do_diarise
from hansard.work.summarise import summarise as do_summarise
from hansard.work.transcribe import transcribe as do_transcribe
from hansard.work.wires import Wires


class Transcriber:
    """Transcribes recordings with models that stay loaded; a context manager, safe for threads."""

    def __init__(self, options: Options | None = None) -> None:
        """With no options, settings are read as the command line reads them."""
        self.options = options if options is not None else read().options
        self._workshop = LocalWorkshop(self.options)

    def transcribe(
        self,
        source: str | Path | BinaryIO,
        options: Options | None = None,
        *,
        on_event: Callable[[Event], None] = lambda _: None,
        cancelled: Callable[[], bool] = lambda: False,
    ) -> Transcript:
        """Transcribe one recording; `options` may differ from call to call.

        Raises:
            HansardError: see `hansard.errors`; every failure is one of its classes.
        """
        named = Path(source) if isinstance(source, str) else source
        wires = Wires(on_event, cancelled)
        return do_transcribe(named, options or self.options, self._workshop, wires)

    def align(
        self,
        source: str | Path | BinaryIO,
        text: str | Transcript,
        options: Options | None = None,
        *,
        on_event: Callable[[Event], None] = lambda _: None,
        cancelled: Callable[[], bool] = lambda: False,
    ) -> Aligned:
        """Give times to a text that you have, a line a segment.

        Of a transcript that knows when its words were said, only lines whose words no longer spell
        their text are aligned; all others stay as they are. `report` tells what was not heard, and
        what was heard and is not in the text.

        Raises:
            AlignmentError: the text does not belong to the recording.
            HansardError: see `hansard.errors`; every failure is one of its classes.
        """
        named = Path(source) if isinstance(source, str) else source
        lines = read_text(text, "txt") if isinstance(text, str) else text
        work = realign if knows_words(lines) else do_align
        wires = Wires(on_event, cancelled)
        return work(named, lines, options or self.options, self._workshop, wires)

    def diarise(
        self,
        source: str | Path | BinaryIO,
        options: Options | None = None,
        *,
        on_event: Callable[[Event], None] = lambda _: None,
        cancelled: Callable[[], bool] = lambda: False,
    ) -> Transcript:
        """Say who spoke when without transcribing: a transcript of turns alone.

        Raises:
            HansardError: see `hansard.errors`; every failure is one of its classes.
        """
        named = Path(source) if isinstance(source, str) else source
        wires = Wires(on_event, cancelled)
        return do_diarise(named, options or self.options, self._workshop, wires)

    def clean(
        self,
        transcript: Transcript,
        options: Options | None = None,
        *,
        force: bool = False,
        on_event: Callable[[Event], None] = lambda _: None,
        cancelled: Callable[[], bool] = lambda: False,
    ) -> Transcript:
        """Give a transcript punctuation and capitals; words, times and speakers stay.

        A text that has them already is copied, unless `force` is set.

        Raises:
            HansardError: see `hansard.errors`; every failure is one of its classes.
        """
        wires = Wires(on_event, cancelled)
        return do_clean(transcript, options or self.options, self._workshop, wires, force=force)

    def summarise(
        self,
        transcript: Transcript,
        template: str = "generic_v1",
        options: Options | None = None,
        *,
        on_event: Callable[[Event], None] = lambda _: None,
        cancelled: Callable[[], bool] = lambda: False,
    ) -> Summary:
        """Summarise a transcript in the shape of a template, each point with its evidence.

        Raises:
            HansardError: see `hansard.errors`; every failure is one of its classes.
        """
        wires = Wires(on_event, cancelled)
        return do_summarise(transcript, template, options or self.options, self._workshop, wires)

    def ask(
        self,
        transcript: Transcript,
        question: str,
        options: Options | None = None,
        *,
        on_event: Callable[[Event], None] = lambda _: None,
        cancelled: Callable[[], bool] = lambda: False,
    ) -> Answer:
        """Answer a question from a transcript, with the segments where it was said.

        Raises:
            HansardError: see `hansard.errors`; every failure is one of its classes.
        """
        wires = Wires(on_event, cancelled)
        return do_ask(transcript, question, options or self.options, self._workshop, wires)

    def close(self) -> None:
        """Unload the models."""
        self._workshop.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()


def transcribe(
    source: str | Path | BinaryIO,
    options: Options | None = None,
    *,
    model: str | None = None,
    language: str | None = None,
    on_event: Callable[[Event], None] = lambda _: None,
    cancelled: Callable[[], bool] = lambda: False,
) -> Transcript:
    """Transcribe a recording: a path, or a binary file object.

    `model` and `language` are short for the options of the same name. With no `options`, settings
    are read as the command line reads them. Models stay loaded for the next call.

    Raises:
        HansardError: see `hansard.errors`; every failure is one of its classes.
    """
    options = options if options is not None else read().options
    if model is not None:
        options = replace(options, model=model)
    if language is not None:
        options = replace(options, language=language)
    shared = _shared_transcriber(_Key(options))
    return shared.transcribe(source, options, on_event=on_event, cancelled=cancelled)


def clean(
    transcript: Transcript, options: Options | None = None, *, force: bool = False
) -> Transcript:
    """Give a transcript punctuation and capitals; words, times and speakers stay.

    A text that has them already is copied, unless `force` is set. With no `options`, settings are
    read as the command line reads them.

    Raises:
        HansardError: see `hansard.errors`; every failure is one of its classes.
    """
    options = options if options is not None else read().options
    return _shared_transcriber(_Key(options)).clean(transcript, options, force=force)


def summarise(
    transcript: Transcript, template: str = "generic_v1", options: Options | None = None
) -> Summary:
    """Summarise a transcript in the shape of a template, each point with its evidence.

    With no `options`, settings are read as the command line reads them.

    Raises:
        HansardError: see `hansard.errors`; every failure is one of its classes.
    """
    options = options if options is not None else read().options
    return _shared_transcriber(_Key(options)).summarise(transcript, template, options)


def ask(transcript: Transcript, question: str, options: Options | None = None) -> Answer:
    """Answer a question from a transcript, with the segments where it was said.

    With no `options`, settings are read as the command line reads them.

    Raises:
        HansardError: see `hansard.errors`; every failure is one of its classes.
    """
    options = options if options is not None else read().options
    return _shared_transcriber(_Key(options)).ask(transcript, question, options)


class _Key:
    """Options, equal where they would share a workshop."""

    NAMES = (
        "data_dir", "offline", "hf_token", "residency", "max_cached_models",
        "memory_budget_mb", "model_idle_seconds", "device", "device_index", "threads",
        "templates_dir",
    )  # fmt: skip

    def __init__(self, options: Options) -> None:
        self.options = options
        aliases = tuple(sorted(options.aliases.items()))
        self._facts = (aliases, *(getattr(options, name) for name in self.NAMES))

    def __eq__(self, other: object) -> bool:
        return isinstance(other, _Key) and self._facts == other._facts

    def __hash__(self) -> int:
        return hash(self._facts)


@cache
def _shared_transcriber(key: _Key) -> Transcriber:
    return Transcriber(key.options)
