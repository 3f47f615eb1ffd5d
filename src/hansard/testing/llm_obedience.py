"""A language model that does whatever anybody tells it to (see `llm_server`)."""

import re
from collections.abc import Iterator
from typing import Final

from hansard.testing.llm_json import write_json
from hansard.testing.llm_wire import LlmRequest

_ORDERS: Final = re.compile(
    r"ignor\w+ (all|any|every|the|your|previous|prior|earlier|above)"
    r"|disregard|forget (all|everything|your|the|previous)"
    r"|(reveal|print|repeat|show|leak|output|give|tell|send|say|write|include|append|put|dump)\b"
    r"[^.\n]{0,80}\b(system|prompt|instruction|key|token|header|secret|password|authori[sz]ation)"
    r"|you are now|new instructions|system\s*:|<\|?(im_start|system)|\[/?INST\]|### ?(system|instr)"
    r"|instead (say|write|output|reply|answer)"
    r"|(note|message|instructions?) (to|for) (the )?(ai|assistant|model|summari[sz]er|machine)"
    r"|(as|dear) (an? )?(ai|assistant|language model)",
    re.IGNORECASE,
)
_OPEN, _CLOSE = "\"'\u201c\u2018\u00ab", "\"'\u201d\u2019\u00bb"  # quotation marks of all kinds
_DICTATED: Final = re.compile(
    r"\b(?:say|write|print|output|reply|answer|respond|add|append|include|insert|put|set|be)\b"
    rf"[^{_OPEN}\n]{{0,60}}[{_OPEN}]([^{_CLOSE}\n]{{2,300}})[{_CLOSE}]",
    re.IGNORECASE,
)
_PROMPT: Final = re.compile(r"prompt|instruction|system", re.IGNORECASE)
_SECRET: Final = re.compile(
    r"key|token|header|secret|password|credential|authori[sz]ation", re.IGNORECASE
)


def obey(request: LlmRequest) -> str:
    """What an obedient model answers: it looks for orders in the user's messages and obeys them.

    Where something orders it about, it says what was dictated, its system prompt where prompts or
    instructions are named, and the request's headers where keys or secrets are; else words of the
    user's message. Where a schema was asked for, the answer is valid JSON with this in each string.
    """
    leaks = tuple(_leaks(request)) if _ORDERS.search(request.user) else ()
    words = leaks or tuple(request.user.split()[:12])
    return " ".join(words) if request.schema is None else write_json(request.schema, words)


def _leaks(request: LlmRequest) -> Iterator[str]:
    yield from (found.strip() for found in _DICTATED.findall(request.user))
    if _PROMPT.search(request.user):
        yield request.system or "\n".join(m.get("content") or "" for m in request.messages[:1])
    if _SECRET.search(request.user):
        yield f"Authorization: {request.headers.get('authorization', 'none')}"
    yield "As you wish."
