"""Strings of a model's answer made harmless: nothing unseen, no link that nobody said.

Whoever reads a summary in a browser may load what it links to; a link made by order of a planted
line can carry what was said to a stranger. So links and HTML that the transcript does not contain
are taken out: of a Markdown link its text stays.
"""

import re
import unicodedata
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Final

from hansard.models.llm import Schema
from hansard.writing.evidence.points import points_of
from hansard.writing.guards.guarding import WITHHELD, replaced

_UNSEEN: Final = re.compile(
    "[\u00ad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180f\u200b\u200e\u200f\u202a-\u202e"
    "\u2060-\u206f\u3164\ufeff\uffa0\ufff9-\ufffb\ud800-\udfff\U000e0000-\U000e0fff]"
)
"""Zero-width, bidi and other characters without a shape. Joiners are looked at by themselves."""
_JOINER: Final = re.compile("(.?)([\u200c\u200d])(?=(.?))", re.DOTALL)
_MARKDOWN: Final = re.compile(r"!?\[([^\[\]]{0,300})\]\(\s*<?([^()\s<>]{1,2000})>?[^()]{0,300}\)")
_TAG: Final = re.compile(r"</?[a-zA-Z!][^<>]{0,2000}>|<(?:script|iframe|img|a|svg|link)\b[^<>]*")
_ADDRESS: Final = re.compile(
    r"(?:\b[a-z][a-z0-9+.-]{1,20}://|\bwww\.|\b(?:mailto|data|javascript|vbscript|tel|blob):(?=\S)"
    r"|(?<![\w/:])//(?=[\w-]+\.))[^\s<>\"'\])}]+"
    r"|\b(?:[\w-]{1,63}\.){1,8}[a-z]{2,24}(?::\d+)?/[^\s<>\"'\])}]*",
    re.IGNORECASE,
)
_SPOKEN: Final = (
    (" dot ", "."), (" slash ", "/"), (" colon ", ":"), (" dash ", "-"), (" at ", "@"),
)  # fmt: skip


@dataclass(frozen=True)
class Cleaner:
    """Takes out of answers what the transcript does not hold."""

    said: str
    """The transcript."""

    def clean(self, content: Any, schema: Schema) -> tuple[Any, tuple[str, ...]]:
        """The content with harmless strings, still valid, and pointers of what lost a link."""
        texts: dict[str, str] = {}
        unlinked: list[str] = []
        for pointer, text in points_of(content, schema):
            visible = without_unseen(text)
            plain = self.without_links(visible)
            if plain != visible:
                unlinked.append(pointer)
            if plain != text:
                texts[pointer] = plain if re.search(r"\w", plain) else WITHHELD
        return (replaced(content, schema, texts) if texts else content), tuple(unlinked)

    def without_links(self, text: str) -> str:
        """A text without links and HTML that the transcript does not contain."""
        plain = _MARKDOWN.sub(lambda f: f[0] if self._was_said(f[2]) else f[1], text)
        plain = _TAG.sub(lambda f: f[0] if f[0].lower() in self._text else " ", plain)
        plain = _ADDRESS.sub(lambda f: f[0] if self._was_said(f[0]) else "", plain)
        return text if plain == text else _tidy(plain)

    def _was_said(self, address: str) -> bool:
        bare = re.sub(r"^(?:https?:)?//|^www\.", "", address.lower()).rstrip(".,;:!?/")
        return bool(bare) and any(bare in text for text in (self._text, self._spoken))

    @cached_property
    def _text(self) -> str:
        return self.said.lower()

    @cached_property
    def _spoken(self) -> str:
        text = self._text
        for word, sign in _SPOKEN:
            text = text.replace(word, sign)
        return text


def without_unseen(text: str) -> str:
    """A text without control, bidi and zero-width characters; line breaks and tabs stay.

    Joiners stay between letters of scripts that need them, and within emoji.
    """
    kept = "".join(
        " " if unicodedata.category(letter) == "Cc" and letter not in "\n\t" else letter
        for letter in _UNSEEN.sub("", text).replace("\r\n", "\n")
    )
    return _JOINER.sub(
        lambda found: found[0] if _joins(found[1]) and _joins(found[3]) else found[1], kept
    )


def _joins(letter: str) -> bool:
    return bool(letter) and ord(letter) >= 0x600


def _tidy(text: str) -> str:
    plain = re.sub(r"[ \t]{2,}", " ", re.sub(r"\(\s*\)|\[\s*\]|<\s*>", "", text))
    return re.sub(r" +([.,;:!?])", r"\1", plain).strip()
