"""Transcripts to try: the shipped samples, and strategies that make messy ones."""

import json
from collections.abc import Sequence
from importlib.resources import files

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st

from hansard.transcript import Segment, Transcript, Word
from hansard.transcript.subtitles import SubtitleOptions

patient = settings(deadline=None, max_examples=60, suppress_health_check=[HealthCheck.too_slow])
"""Properties are judged by their answers, never by the clock of a busy machine."""

SAMPLES = ("note", "podcast", "standup")


def sample(name: str, *, words: bool = True, speakers: bool = True) -> Transcript:
    """A shipped sample as a transcript, its words timed in proportion to their letters."""
    data = json.loads(files("hansard").joinpath(f"data/samples/{name}.json").read_text("utf-8"))
    segments = tuple(
        Segment(
            id=index,
            text=" " + each["text"],
            start=each["start"],
            end=each["end"],
            speaker=each["speaker"] if speakers else None,
            words=spread(each["text"].split(), each["start"], each["end"]) if words else (),
        )
        for index, each in enumerate(data["segments"])
    )
    named = dict.fromkeys(segment.speaker for segment in segments if segment.speaker)
    return Transcript(
        segments=segments, language="en", duration=data["duration"], speakers=tuple(named)
    )


def spread(tokens: Sequence[str], start: float, end: float) -> tuple[Word, ...]:
    """Words that share a stretch of time in proportion to their letters."""
    total = sum(len(token) + 1 for token in tokens)
    words, clock = [], start
    for token in tokens:
        until = clock + (end - start) * (len(token) + 1) / total
        words.append(Word(text=f" {token}", start=clock, end=until, probability=0.9))
        clock = until
    return tuple(words)


LATIN = st.text("abcdefghijklmnopqrstuvwxyzäéABC'", min_size=1, max_size=14)
LONG = st.text("ab", min_size=50, max_size=120)
CHINESE = st.text("\u6211\u4eec\u5728\u8fd9\u91cc\u3002\uff0c\u300c\u300d", min_size=1, max_size=30)
THAI = st.text("\u0e2a\u0e27\u0e31\u0e14\u0e35\u0e40\u0e23\u0e32\u0e33", min_size=1, max_size=20)
ARABIC = st.text("\u0645\u0631\u062d\u0628\u0627", min_size=1, max_size=8)
ODD = st.sampled_from(
    [
        "",
        " ",
        "\t",
        "-->",
        "--->",
        "a\nb",
        "<b>",
        "&",
        "\u200b",
        "\u0301",
        "!",
        "(",
        "1.5",
        "\U0001f600",
    ]
)
TOKEN = st.one_of(LATIN, LATIN, LATIN, LONG, CHINESE, THAI, ARABIC, ODD)
PUNCTUATION = st.sampled_from(["", "", "", ",", ".", "?", "\u3002"])
TIME = st.one_of(
    st.floats(0, 100, allow_nan=False),
    st.sampled_from([0.0, 5.0, 5.0, -1.0, float("nan"), float("inf"), 3599.9996]),
)
SPEAKER = st.sampled_from([None, "Ann", "Bo Li"])


@st.composite
def word_lists(draw: st.DrawFn) -> tuple[Word, ...]:
    """Words with times that may be out of order, overlap, or make no sense."""
    count = draw(st.integers(0, 25))
    clock = draw(st.floats(0, 50))
    tidy = draw(st.booleans())
    words = []
    for _ in range(count):
        text = draw(TOKEN) + draw(PUNCTUATION)
        spaced = draw(st.integers(0, 9)) > 0
        if tidy:
            start = clock + draw(st.sampled_from([0.0, 0.0, 0.1, 1.5]))
            end = clock = start + draw(st.sampled_from([0.0, 0.2, 0.4, 12.0]))
        else:
            start, end = draw(TIME), draw(TIME)
        words.append(Word(text=" " * spaced + text, start=start, end=end))
    return tuple(words)


@st.composite
def transcripts(draw: st.DrawFn) -> Transcript:
    """Transcripts of up to six segments, with and without words and speakers."""
    segments = []
    for index in range(draw(st.integers(0, 6))):
        words = draw(word_lists())
        text = "".join(word.text for word in words)
        start = draw(st.floats(0, 60))
        segments.append(
            Segment(
                id=index,
                text=draw(st.sampled_from([text, text.strip(), ""])) if words else text,
                start=start,
                end=start + draw(st.sampled_from([0.0, 1.0, 8.0, 40.0])),
                words=words if draw(st.booleans()) else (),
                speaker=draw(SPEAKER),
            )
        )
    language = draw(st.sampled_from([None, "en", "ja", "de"]))
    return Transcript(
        segments=tuple(segments), language=language, duration=draw(st.sampled_from([0.0, 30.0]))
    )


OPTIONS = st.builds(
    SubtitleOptions,
    subtitle_profile=st.sampled_from(["plain", "netflix", "bbc", "asian"]),
    max_line_width=st.sampled_from([None, None, 1, 10, 1000]),
    max_line_count=st.sampled_from([None, 1, 3]),
    max_words_per_line=st.sampled_from([None, None, 1, 3]),
    highlight_words=st.booleans(),
)


def one(text: str, start: float = 0.0, end: float = 4.0) -> Transcript:
    """A transcript of one segment with timed words."""
    return said((text, start, end))


def said(
    *parts: tuple[str, float, float], language: str = "en", duration: float = 0.0
) -> Transcript:
    """A transcript with one segment for each text, start and end."""
    segments = tuple(
        Segment(id=index, text=text, start=start, end=end, words=spread(text.split(), start, end))
        for index, (text, start, end) in enumerate(parts)
    )
    return Transcript(segments=segments, language=language, duration=duration)
