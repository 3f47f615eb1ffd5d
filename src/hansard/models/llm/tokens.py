"""How many tokens a text takes, where nobody knows the model's own tokenizer."""

import re
from typing import Final

_PIECE: Final = re.compile(
    r"(?P<word>[a-z]+|[A-Z][a-z]*)"
    r"|(?P<space>\s{2,}|[\n\r\t])"
    r"|(?P<two>[\u0080-\u07ff\u1e00-\u1eff])"
    r"|(?P<han>[\u2000-\u22ff\u3000-\u30ff\u4e00-\u9fff\uac00-\ud7af\uff00-\uffef])"
    r"|(?P<rest>[^\x00-\x7f])"
    r"|(?P<sign>[^\sa-zA-Z])"
)


def estimate_tokens(text: str) -> int:
    """A guess that is rather too high: made for tokenizers with few languages in their vocabulary.

    Byte-level tokenizers take at most one token for each UTF-8 byte. Short words in Latin letters
    are one token nearly everywhere, longer ones one more for about each two and a half letters; so
    English comes out at about 1.7 times its true count, and what a tokenizer hardly knows at 1.
    """
    return sum(_tokens(piece) for piece in _PIECE.finditer(text))


def _tokens(piece: re.Match[str]) -> int:
    match piece.lastgroup:
        case "word":
            return 1 + (len(piece[0]) - 1) * 2 // 5
        case "space":
            return 1 + (len(piece[0]) - 1) // 4
        case "han":
            return 2
        case "rest":
            return 3 if piece[0] <= "\uffff" else 4
        case _:
            return 1
