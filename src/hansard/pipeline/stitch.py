"""Readings into sentences: pure."""

from collections.abc import Iterator, Sequence

from hansard.pipeline.reading import Reading
from hansard.transcript import Seconds, Segment, Word

SENTENCE_END = ".?!…。？！؟।"  # noqa: RUF001 - wide and foreign marks are meant
AFTER_END = "\"'”’)]»」』"  # noqa: RUF001 - typographic quotes are meant
ABBREVIATIONS = frozenset(
    [
        "mr",
        "mrs",
        "ms",
        "dr",
        "prof",
        "st",
        "sr",
        "jr",
        "vs",
        "etc",
        "no",
        "e.g",
        "i.e",
        "bzw",
        "ca",
        "usw",
        "z.b",
        "np",
        "tj",
        "itd",
    ]
)
LONG_PAUSE: Seconds = 1.5
"""A pause that ends a segment even inside a sentence."""
BREATH: Seconds = 0.6
"""Across windows, a sentence goes on only over a pause shorter than this."""

Said = tuple[Word, Reading]


def stitch(readings: Sequence[Reading]) -> tuple[Segment, ...]:
    """Sentences, in order, from the windows' words; from pieces where words were not timed.

    A sentence ends at its mark or a long pause; a sentence that a window's end cut goes on in the
    next window if no pause lies between.
    """
    segments: list[Segment] = []
    for sentence in cut_sentences(spoken_words(readings)):
        segments.append(_segment(len(segments), sentence))
    return tuple(segments)


def ends_sentence(text: str) -> bool:
    """True where a word carries a sentence's final mark, and is no abbreviation or initial."""
    bare = text.strip().rstrip(AFTER_END)
    if not bare or bare[-1] not in SENTENCE_END:
        return False
    if bare[-1] != ".":
        return True
    stem = bare[:-1].casefold()
    return stem not in ABBREVIATIONS and not (len(stem) == 1 and stem.isalpha())


def cut_sentences(said: Sequence[Said]) -> Iterator[list[Said]]:
    """Words in time order, sentence by sentence."""
    held: list[Said] = []
    for word, reading in said:
        if held and _breaks(held[-1], (word, reading)):
            yield held
            held = []
        held.append((word, reading))
    if held:
        yield held


def spoken_words(readings: Sequence[Reading]) -> list[Said]:
    """Every word in time order; a piece stands in as one word where words were not timed."""
    said: list[Said] = []
    for reading in readings:
        if reading.invented:
            continue
        if reading.words:
            said += [(word, reading) for word in reading.words]
        else:
            said += [
                (
                    Word(text=p.text, start=p.start, end=p.end, tokens=p.tokens, method="piece"),
                    reading,
                )
                for p in reading.hypothesis.pieces
                if p.text.strip()
            ]
    return sorted(said, key=lambda pair: (pair[0].start, pair[0].end))


def write(sentence: Sequence[Said]) -> str:
    """The text of a sentence."""
    return "".join(word.text for word, _ in sentence).strip()


def _breaks(before: Said, after: Said) -> bool:
    (word, reading), (following, next_reading) = before, after
    pause = following.start - word.end
    if "piece" in {word.method, following.method}:
        return True
    if ends_sentence(word.text) or pause > LONG_PAUSE:
        return True
    return reading is not next_reading and pause > BREATH


def _segment(number: int, sentence: Sequence[Said]) -> Segment:
    words = tuple(word for word, _ in sentence)
    reading = sentence[0][1]
    timed = tuple(word for word in words if word.method != "piece")
    return Segment(
        id=number,
        text=write(sentence),
        start=words[0].start,
        end=max(word.end for word in words),
        words=timed,
        language=reading.hypothesis.language,
        tokens=tuple(token for word in words for token in word.tokens),
        seek=round(reading.window.start * 100),
        avg_logprob=reading.hypothesis.avg_logprob,
        no_speech_prob=reading.hypothesis.no_speech_prob,
        compression_ratio=reading.verdict.compression_ratio,
        temperature=reading.temperature,
    )
