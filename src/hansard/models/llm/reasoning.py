"""Takes a model's thinking out of its answer.

Models write what they think in front of what they say, between marks that their chat templates
know: `<think>` (DeepSeek, Qwen and most others) and its relatives, `[THINK]` (Mistral),
`◁think▷` (Kimi), `<|START_THINKING|>` (Cohere), and the channels of OpenAI's "harmony" format
(gpt-oss), of which only `final` is meant for people.
"""

import re
from collections.abc import Iterator
from typing import Final

_MARK: Final = re.compile(
    r"""
      <\s*(?P<slash>/)?\s*(?:seed:)?(?:think|thinking|reasoning|thoughts?)(?:\s[^<>]{0,80})?>
    | \[(?P<slash2>/)?THINK\]
    | ◁(?P<slash3>/)?think▷
    | <\|(?:START|(?P<slash4>END))_THINKING\|>
    """,
    re.IGNORECASE | re.VERBOSE,
)
_MARK_OR_STRING: Final = re.compile(
    rf'"[^"\\]*(?:\\.[^"\\]*)*(?:"|\Z)|{_MARK.pattern}', re.IGNORECASE | re.VERBOSE | re.DOTALL
)
_JSON: Final = re.compile(r"\s*(?:```\w*\s*)?(?:\{|\[(?!/?THINK\]))", re.IGNORECASE)
_CHANNEL: Final = re.compile(
    r"<\|channel\|>\s*(?P<name>\w+)[^<]{0,200}(?:<\|constrain\|>[^<]{0,200})?<\|message\|>"
    r"(?P<said>.*?)(?=<\|(?:end|return|call|start|channel)\|>|\Z)",
    re.DOTALL,
)
_BARE_CHANNELS: Final = re.compile(r"\s*analysis\S.*assistant\s*final(?P<said>.*)", re.DOTALL)


def strip_reasoning(text: str) -> str:
    """The answer without the thinking.

    A closing mark alone ends a thinking that the prompt began; an opening mark alone begins one
    that was cut, so nothing after it is an answer. Marks inside the strings of an answer that is
    JSON are part of it and stay.
    """
    if "<|channel|>" in text:
        return "".join(m["said"] for m in _CHANNEL.finditer(text) if m["name"] == "final").strip()
    if bare := _BARE_CHANNELS.fullmatch(text):  # a server that left the special tokens out
        return bare["said"].strip()
    if _MARK.search(text) is None:
        return text
    return "".join(_answer(text)).strip()


def _answer(text: str) -> list[str]:
    kept: list[str] = []
    at = 0
    while mark := _next_mark(text, at, json=not kept and _JSON.match(text, at) is not None):
        if _closes(mark):
            kept, at = [], mark.end()
            continue
        before = text[at : mark.start()]
        kept += [before] if kept or before.strip() else []
        end = next(_closing(text, mark.end()), None)
        if end is None:
            return kept
        at = end
    return [*kept, text[at:]]


def _next_mark(text: str, at: int, *, json: bool) -> re.Match[str] | None:
    if not json:
        return _MARK.search(text, at)
    found = _MARK_OR_STRING.finditer(text, at)
    return next((mark for mark in found if not mark[0].startswith('"')), None)


def _closing(text: str, at: int) -> Iterator[int]:
    return (mark.end() for mark in _MARK.finditer(text, at) if _closes(mark))


def _closes(mark: re.Match[str]) -> bool:
    return any(mark.group(name) for name in ("slash", "slash2", "slash3", "slash4"))
