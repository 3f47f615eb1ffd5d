"""Whisper's vocabulary for made-up checkpoints: text, then special tokens in Whisper's order.

The text pieces are those of the bundled demo model (byte-level BPE), then the words that a
checkpoint shall be able to write, each one piece, then invented filler words up to the size of the
real vocabulary where that size matters: libraries tell a multilingual Whisper by its 51,865 ids, or
by the empty piece that ends its text (CTranslate2 from 4.7 on).
"""

import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from importlib.resources import files
from itertools import count, product
from typing import Any

MULTILINGUAL_TEXT = 50_257
"""How many text ids a multilingual Whisper has; the first special token, end of text, follows."""


@dataclass(frozen=True, slots=True)
class Vocabulary:
    """Pieces by id, and the tokenizer that reads and writes them."""

    ids: Mapping[str, int]
    """Byte-level spelling of each piece -> its id."""
    merges: tuple[tuple[str, str], ...]
    specials: tuple[str, ...]
    """End of text first; the 1,501 timestamps last."""

    @property
    def multilingual(self) -> bool:
        """Whether libraries will take a checkpoint with it for a multilingual one."""
        return self.end >= MULTILINGUAL_TEXT

    @property
    def end(self) -> int:
        """The id of the end-of-text token, which is also the number of text pieces."""
        return self.ids["<|endoftext|>"]

    @property
    def languages(self) -> tuple[str, ...]:
        """The codes of its languages, in order of their ids."""
        first, last = self.ids["<|en|>"], self.ids["<|translate|>"]
        return tuple(
            name.strip("<|>") for name in self.specials[first - self.end : last - self.end]
        )

    def word(self, word: str) -> int:
        """The id of ` word`, as it is written inside a sentence."""
        return self.ids[spell(f" {word}")]

    def special(self, name: str) -> int:
        """The id of a special token, named without its brackets: `en`, `translate`, `0.00`."""
        return self.ids[f"<|{name}|>"]

    def suppressed(self) -> list[int]:
        """What a decoder must never write: every special token that is not text, time or end."""
        names = ("translate", "transcribe", "startoflm", "startofprev", "nospeech")
        return [*map(self.special, names), self.special("startoftranscript")]

    def suppressed_first(self) -> list[int]:
        """What an answer may not begin with: a blank, or its end."""
        return [self.ids["Ġ"], self.end]

    def tokenizer(self) -> dict[str, Any]:
        """The content of `tokenizer.json`."""
        content: dict[str, Any] = read_demo()
        text = {piece: number for piece, number in self.ids.items() if number < self.end}
        model = {"vocab": text, "merges": [list(pair) for pair in self.merges]}
        content["model"] |= model | {"ignore_merges": True}
        times = self.special("0.00")
        content["added_tokens"] = [
            content["added_tokens"][0] | {"id": number, "content": name, "special": number < times}
            for number, name in enumerate(self.specials, self.end)
        ]
        return content


def build_vocabulary(words: Iterable[str], *, multilingual: bool) -> Vocabulary:
    """The demo model's pieces, `words` as one piece each, and the special tokens."""
    demo = read_demo()
    ids: dict[str, int] = dict(demo["model"]["vocab"])
    for piece in map(spell, (f" {word}" for word in words)):
        if piece not in ids:
            ids[piece] = len(ids)
    size = max(ids.values()) + 1
    if multilingual:
        size = MULTILINGUAL_TEXT
        ids[""] = size - 1
    taken = set(ids.values())
    fillers = (piece for piece in invented_words() if piece not in ids)
    ids |= {next(fillers): number for number in range(size) if number not in taken}
    specials = tuple(token["content"] for token in demo["added_tokens"])
    ids |= {name: number for number, name in enumerate(specials, size)}
    merges = tuple((left, right) for left, right in demo["model"]["merges"])
    return Vocabulary(ids, merges, specials)


def read_demo() -> dict[str, Any]:
    """The tokenizer of the bundled demo model."""
    text = files("hansard").joinpath("data/demo/hf/tokenizer.json").read_text(encoding="utf-8")
    content: dict[str, Any] = json.loads(text)
    return content


def invented_words() -> Iterator[str]:
    """Endless, pronounceable, all different: ` babab`, ` babac`, ..., in byte-level spelling."""
    consonants, vowels = "bcdfghjklmnprstvz", "aeiou"
    for syllables in count(2):
        for parts in product(*([consonants, vowels] * syllables)):
            yield "Ġ" + "".join(parts)


def spell(text: str) -> str:
    """Text in the byte-level alphabet of GPT-2, where every byte is one visible character."""
    return "".join(map(visible_byte, text.encode()))


def visible_byte(byte: int) -> str:
    """GPT-2's character for a byte: itself where it is visible, else one from U+0100 on."""
    if is_visible(byte):
        return chr(byte)
    return chr(0x100 + sum(not is_visible(other) for other in range(byte)))


def is_visible(byte: int) -> bool:
    """Whether GPT-2's alphabet shows the Latin-1 character of this byte as it is."""
    return 0x21 <= byte <= 0x7E or 0xA1 <= byte <= 0xAC or 0xAE <= byte <= 0xFF
