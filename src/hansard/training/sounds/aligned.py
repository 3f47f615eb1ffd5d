"""Clips with times in parts: in lines, as journals keep them, and cut out of a recording: pure."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, replace
from typing import Any

from hansard.pipeline.matching import split_words, tokens_of
from hansard.pipeline.misfits import Passage
from hansard.pipeline.stitch import ends_sentence
from hansard.training.manifest import Entry
from hansard.training.sounds.alignment import Timed
from hansard.training.sounds.cutting import Piece
from hansard.transcript import Seconds, Segment, Word
from hansard.transcript.placing import UNPLACED


def lines_of(entry: Entry) -> list[str]:
    """The transcript in sentences; as the manifest has it in segments, if they are all of it."""
    known = [one.text.strip() for one in entry.segments if tokens_of(one.text)]
    if " ".join(known).split() == entry.transcript.split():
        return known
    lines: list[str] = []
    for paragraph in entry.transcript.splitlines():
        held = ""
        for word in split_words(paragraph):
            held += word
            if ends_sentence(word):
                lines.append(held.strip())
                held = ""
        lines += [held.strip()] if held.strip() else []
    return lines


def kept(timed: Timed) -> dict[str, Any]:
    """For the journal; words without a time have none there either."""
    lines = [
        {"text": line.text, "words": [_kept_word(word) for word in line.words]}
        for line in timed.lines
    ]
    return {
        "duration": timed.duration,
        "lines": lines,
        "unwritten": [asdict(passage) for passage in timed.unwritten],
    }


def _kept_word(word: Word) -> list[Any]:
    times = [None, None] if word.method == UNPLACED else [word.start, word.end]
    return [word.text, *times, word.method, word.confidence, word.probability]


def revive(known: Mapping[str, Any]) -> Timed | None:
    """What `kept` wrote; None where it is a failure."""
    if "lines" not in known:
        return None
    lines = [
        Segment(
            id=number,
            text=line["text"],
            start=0.0,
            end=0.0,
            words=tuple(_revived_word(word) for word in line["words"]),
        )
        for number, line in enumerate(known["lines"])
    ]
    return Timed(
        lines=tuple(lines),
        duration=known["duration"],
        unwritten=tuple(Passage(**one) for one in known["unwritten"]),
    )


def _revived_word(fields: Sequence[Any]) -> Word:
    text, start, end, method, confidence, probability = fields
    nowhere = float("nan")
    return Word(
        text=text,
        start=nowhere if start is None else start,
        end=nowhere if end is None else end,
        method=method,
        confidence=confidence,
        probability=probability,
    )


def part_of(timed: Timed, piece: Piece) -> Timed:
    """A clip's words on its own clock, line by line."""
    shift: Seconds = piece.span.start
    lines: list[Segment] = []
    place = 0
    for line in timed.lines:
        inside = [
            replace(word, start=word.start - shift, end=word.end - shift)
            for n, word in enumerate(line.words, place)
            if n in piece.words
        ]
        place += len(line.words)
        if inside:
            text = "".join(word.text for word in inside).strip()
            lines.append(replace(line, text=text, words=tuple(inside)))
    return Timed(lines=tuple(lines), duration=piece.span.duration)
