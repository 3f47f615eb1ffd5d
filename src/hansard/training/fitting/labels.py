"""What the model is to write for a window, token by token.

    <|startofprev|> text before <|startoftranscript|> <|hr|> <|transcribe|> <|notimestamps|> text
    <|endoftext|>                                          or <|0.00|> text <|2.40|> ...

The format is that of Radford et al. 2022, section 2.3. What is given when decoding (the text
before, the task, the wish for no timestamps) is never a target: only what the model must find out.
"""

import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from hansard.training.fitting.vocabulary import LAST_TIMESTAMP, TIMESTAMP_STEP, Vocabulary
from hansard.training.fitting.windows import Part, Window
from hansard.training.manifest import Stretch

IGNORED = -100
"""A target that counts for nothing, as in PyTorch's cross entropy."""


@dataclass(frozen=True, slots=True)
class Labels:
    """What the decoder is given and what it is to answer, both of the same length."""

    inputs: tuple[int, ...]
    targets: tuple[int, ...]
    """For each input, the token that follows it; IGNORED where that is given anyway."""

    @property
    def counted(self) -> int:
        """How many targets count."""
        return sum(target != IGNORED for target in self.targets)


def make_labels(window: Window, vocabulary: Vocabulary, task: str, seed: str) -> Labels:
    """The labels of a window. `seed` decides what is drawn about windows without speech.

    The text before is cut from its beginning to what fits, at most half of the decoder's length.
    """
    tokens: list[int] = []
    counts: list[bool] = []

    def write(ids: Sequence[int], *, counted: bool) -> None:
        tokens.extend(ids)
        counts.extend([counted] * len(ids))

    spoken = any(part.clip.text for part in window.parts)
    early = not spoken and random.Random(seed).random() < 0.5
    head = _language_and_task(window, vocabulary, task)
    body = list(_body(window, vocabulary)) if spoken else []
    body.append(vocabulary.end)
    if window.previous and spoken:
        room = min(vocabulary.longest // 2 - 1, vocabulary.longest - len(body) - 6)
        before = vocabulary.encode_text(window.previous)
        if room > 0:
            write([vocabulary.previous, *before[-room:]], counted=False)
    write([vocabulary.start], counted=False)
    if early:  # the probability that is read here tells silence from speech when decoding
        write([vocabulary.no_speech, vocabulary.end], counted=True)
    else:
        write(head[:1], counted=True)
        write(head[1:], counted=False)
        if not window.timestamps or not spoken:
            write([vocabulary.no_timestamps], counted=False)
        write(body, counted=True)
    targets = [
        token if counted else IGNORED for token, counted in zip(tokens[1:], counts[1:], strict=True)
    ]
    return Labels(tuple(tokens[:-1]), tuple(targets))


def _language_and_task(window: Window, vocabulary: Vocabulary, task: str) -> list[int]:
    if not vocabulary.is_multilingual or window.language is None:
        return []
    wanted = vocabulary.translate if task == "translate" else vocabulary.transcribe
    return [vocabulary.languages[window.language], *([] if wanted is None else [wanted])]


def _body(window: Window, vocabulary: Vocabulary) -> Iterator[int]:
    if not window.timestamps:
        text = " ".join(part.clip.text for part in window.parts if part.clip.text)
        yield from vocabulary.encode_text(text)
        return
    last = 0.0
    for part in window.parts:
        for stretch in _stretches(part):
            start = max(last, part.start + stretch.start)
            last = max(start + TIMESTAMP_STEP, part.start + stretch.end)
            if start >= LAST_TIMESTAMP:
                return
            yield vocabulary.timestamp(start)
            yield from vocabulary.encode_text(stretch.text)
            yield vocabulary.timestamp(last)


def _stretches(part: Part) -> Sequence[Stretch]:
    if not part.clip.text:
        return []
    if timed := [stretch for stretch in part.clip.segments if stretch.text.strip()]:
        return timed
    return [Stretch(text=part.clip.text, start=0.0, end=part.clip.duration)]
