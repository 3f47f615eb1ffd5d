"""A text that the user has gets times from the recording.

recording ─ recognise ─ match with the text ─ time what was misheard ─ Transcript + Report

After a correction only the touched lines are aligned again, between their untouched neighbours.
"""

from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace
from itertools import groupby
from pathlib import Path
from time import perf_counter
from typing import BinaryIO

from hansard.audio import SAMPLE_RATE, Sound
from hansard.audio.media import open_sound
from hansard.errors import AlignmentError, UnsupportedOptionError, UsageError
from hansard.pipeline import Staged
from hansard.pipeline.anchoring import (
    Laid,
    assemble,
    lay,
    place,
    turns_of,
)
from hansard.pipeline.matching import Tokens, match, tokens_of
from hansard.pipeline.misfits import Part, Report, account, count, report
from hansard.storage.files import temporary_folder
from hansard.transcript import Seconds, Segment, Span, Transcript, TrustReport, Word
from hansard.transcript.languages import find_language
from hansard.transcript.placing import UNPLACED, is_placed
from hansard.transcript.subtitles.blocks import spell
from hansard.work.forcing import Bench, force, lend_bench, resembles, trusted
from hansard.work.heard import Heard
from hansard.work.lending import Workshop
from hansard.work.options import TranscribeOptions
from hansard.work.transcribe import transcribe_sound
from hansard.work.wires import Wires

BELONGS = 0.25
"""A text belongs to a recording where this share of its words, or of those heard, is found."""
BLINK: Seconds = 0.1
"""Less time than this holds no word."""
MARGIN: Seconds = 2.0
"""How far around a touched line its speech is listened for."""


@dataclass(frozen=True, slots=True)
class Aligned:
    """A text with times, and how it fits."""

    transcript: Transcript
    report: Report


def align(
    source: Path | BinaryIO,
    text: Transcript,
    options: TranscribeOptions,
    workshop: Workshop,
    wires: Wires,
) -> Aligned:
    """Give times to every line of a text.

    The recording is recognised and compared with the text; what was misheard is timed from the
    text. The text stays as it is. A word that cannot be placed has no time.

    Raises:
        UsageError: the text holds no words, or an option cannot be honoured.
        MediaError: no Sound can be had from the recording.
        AlignmentError: the text does not belong to the recording.
        ModelError: the model cannot be had.
        EngineError: the engine failed.
        Cancelled: the caller asked to stop.
    """
    _check_text(text)
    with temporary_folder("hansard-") as folder:
        heard = _open(source, folder, options, wires)
        return _align_all(heard, text, options, workshop, wires)


def realign(
    source: Path | BinaryIO,
    text: Transcript,
    options: TranscribeOptions,
    workshop: Workshop,
    wires: Wires,
) -> Aligned:
    """Align only the lines of a timed text that were changed: whose words no longer spell them.

    Give a transcript whose segments have new texts, with their old words left as they are. Other
    lines stay as they are, to the last digit. In a changed line, words that were there before keep
    their times; new ones are timed from the text, between their neighbours, without recognising the
    recording. A changed line without any old words is recognised in the time between its
    neighbours.

    Raises:
        UsageError: the text holds no words, or an option cannot be honoured.
        MediaError: no Sound can be had from the recording.
        ModelError: the model cannot be had.
        EngineError: the engine failed.
        Cancelled: the caller asked to stop.
    """
    _check_text(text)
    lines = tuple(_without_guesses(line) for line in text.segments)
    if not any(map(is_touched, lines)):
        return Aligned(replace(text, segments=lines), report(lines, []))
    with temporary_folder("hansard-") as folder:
        heard = _open(source, folder, options, wires)
        return _align_touched(heard, replace(text, segments=lines), options, workshop, wires)


def is_touched(line: Segment) -> bool:
    """Whether a line must be aligned: it has words, and none with times spell it."""
    return bool(lay((line.text,))) and spell(line) is None


def knows_words(text: Transcript) -> bool:
    """Whether some line of a text has its words' times already."""
    return any(spell(line) is not None and line.words for line in text.segments)


def _without_guesses(line: Segment) -> Segment:
    """The line as it was aligned: files have no way to say that a word has no time."""
    nowhere = float("nan")
    words = tuple(
        replace(word, start=nowhere, end=nowhere) if word.method == UNPLACED else word
        for word in line.words
    )
    return replace(line, words=words)


def _check_text(text: Transcript) -> None:
    if not any(tokens_of(line.text) for line in text.segments):
        raise UsageError("the text holds no words", hint="give the text that is said")


def _open(source: Path | BinaryIO, folder: Path, options: TranscribeOptions, wires: Wires) -> Heard:
    begin = perf_counter()
    wires.on_event(Staged("reading"))
    opened = open_sound(source, folder, options, cancelled=wires.cancelled)
    return Heard(opened.sound, opened.notes, {"read": perf_counter() - begin})


def _align_all(
    heard: Heard, text: Transcript, options: TranscribeOptions, workshop: Workshop, wires: Wires
) -> Aligned:
    recognised = _recognise(heard, options, workshop, wires)
    begin = perf_counter()
    wires.on_event(Staged("matching the text"))
    words = recognised.words
    laid = _match([line.text for line in text.segments], words, recognised.language)
    _check_belongs(laid, recognised.language)
    bounds = Span(heard.sound.start, heard.sound.end)
    language = recognised.language
    with lend_bench(heard.sound, options, workshop, wires, language) as bench:
        speech = bench.find_speech(heard.sound)
        laid = force(laid, bounds, speech, bench, resembles)
    segments = assemble(text.segments, laid, bounds)
    fit = report(text.segments, [Part(0, segments, laid, bounds)])
    made = replace(
        recognised,
        segments=segments,
        turns=turns_of(segments),
        speakers=tuple(dict.fromkeys(s.speaker for s in segments if s.speaker)),
        trust=account(recognised.trust, segments, speech, fit),
    )
    return Aligned(_measured(made, fit, perf_counter() - begin), fit)


def _recognise(
    heard: Heard, options: TranscribeOptions, workshop: Workshop, wires: Wires
) -> Transcript:
    """What is said, with the time of each word; who speaks is what the text says."""
    if options.task == "translate":
        raise UsageError(
            "a text is aligned with what was said, not with its translation",
            hint="leave --task translate out",
        )
    wanted = replace(
        options,
        word_timestamps=True,
        diarize=False,
        channel_speakers=False,
        num_speakers=None,
        min_speakers=None,
        max_speakers=None,
    )
    recognised = transcribe_sound(heard, wanted, workshop, wires)
    if recognised.segments and not recognised.words:
        raise UnsupportedOptionError(
            "this engine does not tell when words were said, and a text needs that",
            hint="choose --align ctc, or another engine with --engine",
        )
    return recognised


def _match(texts: Sequence[str], heard: Sequence[Word], language: str | None) -> Laid:
    given = lay(texts)
    left = [_tokens(word.text, language) for word in given]
    right = [_tokens(word.text, language) for word in heard]
    return place(given, heard, match(left, right))


def _tokens(word: str, language: str | None) -> Tokens:
    """What is compared of a word; numbers are compared as they are read out."""
    if any(character.isdigit() for character in word):
        from hansard.models.alignment.spoken import speak

        word = speak(word, language) or word
    return tokens_of(word)


def _check_belongs(laid: Laid, language: str | None) -> None:
    found = sum(1 for word in laid.words if word)
    of_text = found / len(laid.words)
    of_heard = len(laid.used) / len(laid.heard) if laid.heard else 0.0
    if max(of_text, of_heard) >= BELONGS and found:
        return
    said = f"{100 * of_text:.0f} % of its {count(len(laid.words), 'word')} were heard"
    rest = (
        f"{100 * of_heard:.0f} % of the {count(len(laid.heard), 'recognised word')} are in it"
        if laid.heard
        else "no words were recognised"
    )
    raise AlignmentError(
        f"the text does not belong to the recording: {said}, {rest}",
        hint=f"the recording was taken for {language or 'no known language'}: is that the "
        "language of the text (--language), and the text that of this recording? "
        "A larger --model hears more",
    )


def _touched_groups(lines: Sequence[Segment]) -> list[range]:
    groups = []
    for touched, numbers in groupby(range(len(lines)), key=lambda n: is_touched(lines[n])):
        if touched:
            run = list(numbers)
            groups.append(range(run[0], run[-1] + 1))
    return groups


def _align_touched(
    heard: Heard, text: Transcript, options: TranscribeOptions, workshop: Workshop, wires: Wires
) -> Aligned:
    begin = perf_counter()
    lines = list(text.segments)
    parts: list[Part] = []
    known: dict[range, Sequence[Word]] = {}
    for group in _touched_groups(lines):
        old = [word for n in group for word in lines[n].words if is_placed(word)]
        known[group] = old or _hear_again(
            heard, _room(lines, group, heard.sound), options, workshop, wires
        )
    wires.on_event(Staged("aligning changed lines"))
    with lend_bench(heard.sound, options, workshop, wires, _language(text, options)) as bench:
        for group, words in known.items():
            part = _align_group(lines, group, words, bench)
            lines[group.start : group.stop] = part.segments
            parts.append(part)
    fit = report(lines, parts)
    made = replace(
        text,
        segments=tuple(lines),
        duration=heard.sound.duration,
        trust=_noted(text.trust, fit),
        versions={**text.versions, "realignment": dict(bench.versions)},
    )
    return Aligned(_measured(made, fit, perf_counter() - begin), fit)


def _language(text: Transcript, options: TranscribeOptions) -> str | None:
    return find_language(options.language) if options.language else text.language


def _align_group(
    lines: Sequence[Segment], group: range, heard: Sequence[Word], bench: Bench
) -> Part:
    bounds = _room(lines, group, bench.sound)
    inside = [word for word in heard if bounds.start <= word.start and word.end <= bounds.end]
    chosen = [lines[n] for n in group]
    laid = _match([line.text for line in chosen], inside, bench.language)
    clip = _clip(bench.sound, Span(bounds.start - MARGIN, bounds.end + MARGIN))
    laid = force(laid, bounds, bench.find_speech(clip), bench, trusted)
    return Part(group.start, assemble(chosen, laid, bounds), laid, bounds)


def _room(lines: Sequence[Segment], group: range, sound: Sound) -> Span:
    """The time between the neighbours of lines in a row."""
    before = (line.end for line in reversed(lines[: group.start]) if line.end > line.start)
    after = (line.start for line in lines[group.stop :] if line.end > line.start)
    start, end = next(before, sound.start), next(after, sound.end)
    return Span(start, max(start, end))


def _clip(sound: Sound, span: Span) -> Sound:
    """A stretch of a Sound as a Sound of its own, on the same clock and in the same file."""
    first = max(0, round((span.start - sound.start) * SAMPLE_RATE))
    last = max(first, min(sound.samples, round((span.end - sound.start) * SAMPLE_RATE)))
    return replace(
        sound,
        offset=sound.offset + 2 * first,
        samples=last - first,
        start=sound.start + first / SAMPLE_RATE,
    )


def _hear_again(
    heard: Heard, room: Span, options: TranscribeOptions, workshop: Workshop, wires: Wires
) -> Sequence[Word]:
    if room.duration < BLINK:
        return ()
    clip = Heard(_clip(heard.sound, room))
    return _recognise(clip, options, workshop, wires).words


def _noted(trust: TrustReport | None, fit: Report) -> TrustReport | None:
    """The report that the text came with, with what became of the changed lines."""
    if trust is None:
        return None
    told = f"{count(fit.touched, 'line')} aligned again after a change"
    return replace(trust, notes=(*trust.notes, told, *fit.notes()))


def _measured(transcript: Transcript, fit: Report, seconds: float) -> Transcript:
    counts = {name: value for name, value in asdict(fit).items() if isinstance(value, int)}
    stages = {**transcript.metrics.get("stage_seconds", {}), "align text": round(seconds, 3)}
    metrics = {**transcript.metrics, "stage_seconds": stages, "text_alignment": counts}
    return replace(transcript, metrics=metrics)
