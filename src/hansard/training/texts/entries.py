"""Entries of manifests with their transcripts, segments and timed words made like others."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from hansard.training.manifest import Entry, Stretch, TimedWord
from hansard.training.texts.characters import clean_characters, squeeze
from hansard.training.texts.edits import Edit, edit_words
from hansard.training.texts.normalising import (
    NormaliseOptions,
    find_labels,
    find_language,
    finish,
    normalise_text,
)
from hansard.training.texts.notes import find_notes
from hansard.training.texts.numbers import find_numbers


@dataclass(frozen=True, slots=True)
class NormalisedEntry:
    """An entry, made like others."""

    entry: Entry
    changes: tuple[str, ...]
    left: tuple[str, ...]
    language: str | None


def normalise_entry(entry: Entry, options: NormaliseOptions) -> NormalisedEntry:
    """An entry with all its texts as `options` want them; its transcript is one line.

    Its own language counts before that of the options. Segments and words that hold nothing any
    more are left out.
    """
    wanted = replace(options, language=entry.language or options.language)
    made = normalise_text(entry.transcript, wanted)
    line = " ".join(made.text.split())
    changes = made.changes + (("lines joined",) if line != made.text else ())
    known = replace(wanted, language=made.language)
    segments = tuple(
        stretch
        for stretch in (_normalise_stretch(one, known) for one in entry.segments)
        if stretch.text or stretch.words
    )
    if segments != entry.segments:
        changes += ("segments",)
    written = replace(entry, transcript=line, segments=segments)
    return NormalisedEntry(written, changes, made.left, made.language)


def _normalise_stretch(stretch: Stretch, options: NormaliseOptions) -> Stretch:
    text = " ".join(normalise_text(stretch.text, options).text.split())
    return replace(stretch, text=text, words=normalise_words(stretch.words, options))


def normalise_words(words: Sequence[TimedWord], options: NormaliseOptions) -> tuple[TimedWord, ...]:
    """Timed words as `options` want them; those that hold nothing any more are left out.

    What several words become together (50 % - fifty per cent) has the time of all of them.
    """
    texts = [" ".join(clean_characters(word.word)[0].split()) for word in words]
    joined = " ".join(texts)
    language = find_language(joined, options)
    edits: list[Edit] = find_notes(joined)[0] if options.brackets == "drop" else []
    if options.labels == "drop":
        edits += find_labels(joined, options)
    texts = edit_words(texts, edits)
    spans = [(word.start, word.end) for word in words]
    if options.numbers == "words":
        texts, spans = _say_numbers(texts, spans, language)
    finished = [finish(text, options, language)[0] for text in texts]
    return tuple(
        replace(word, word=squeeze(text), start=start, end=end)
        for word, text, (start, end) in zip(words, finished, spans, strict=True)
        if text
    )


def _say_numbers(
    texts: list[str], spans: list[tuple[float, float]], language: str | None
) -> tuple[list[str], list[tuple[float, float]]]:
    """Words with numbers read out; a word that takes others in ends where the last of them does."""
    joined = " ".join(texts)
    edits, _ = find_numbers(joined, language)
    edited = edit_words(texts, edits)
    ends = [end for _, end in spans]
    taken = 0
    for place in range(len(texts)):
        if texts[place] and not edited[place]:
            ends[taken] = max(ends[taken], spans[place][1])
        else:
            taken = place
    return edited, [(start, end) for (start, _), end in zip(spans, ends, strict=True)]
