"""Messages into a model's tokens, so that nothing in a message is more than text.

A chat template sets its marks (`<|im_start|>`, `[INST]`) around the messages. A transcript may hold
the same characters, spoken or planted, and would then end its message and begin one of its own. So
the template is laid out around stand-ins, and each message is turned into tokens by itself, by the
model's tokenizer without its added tokens.
"""

import hashlib
import json
import re
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from hansard.errors import HansardError, LanguageModelError, ModelDamagedError, SettingError
from hansard.models.llm.protocol import Message

PLAIN = "plain"
_ROLES: Mapping[str, str] = {"system": "System", "user": "User", "assistant": "Assistant"}
STOPS = ("\nUser:", "\nSystem:")
"""Where a model without a chat template begins to write the other side's part."""
_STAND_IN = re.compile(r"qzhansard(\d+)messagezq")


class Chat:
    """The layout of one model's prompts."""

    def __init__(self, tokenizer: Any, name: str, template: Path | None = None) -> None:
        """`tokenizer` is a fast one of transformers; `template` a file to use in place of its own.

        Raises:
            SettingError: the file cannot be read.
            ModelDamagedError: the tokenizer cannot be used without its added tokens.
        """
        self._tokenizer = tokenizer
        self._name = name
        self._template, self.layout = _read(tokenizer, template)
        self._text, self._forbidden = _bare(tokenizer, name)
        self.marks = frozenset(
            str(token) for token in tokenizer.added_tokens_decoder.values() if token.special
        )
        """The special tokens, none of which belongs into an answer."""

    @property
    def stops(self) -> tuple[str, ...]:
        """Texts at which an answer is over."""
        return STOPS if self.layout == PLAIN else ()

    def tokens(self, messages: Sequence[Message], thinking: bool | None) -> list[int]:
        """The prompt for these messages, up to where the answer begins.

        `thinking` goes to the template as `enable_thinking`; None leaves it to the template.

        Raises:
            LanguageModelError: the template refuses the messages, or leaves some out.
        """
        if self.layout == PLAIN:
            return self._plain(messages)
        try:
            laid = self._lay_out(messages, thinking)
        except HansardError:
            folded = _fold(messages)
            if list(folded) == list(messages):
                raise
            messages, laid = folded, self._lay_out(folded, thinking)
        ids: list[int] = []
        # Splitting by a pattern with one group gives text and stand-in by turns.
        for number, part in enumerate(_STAND_IN.split(laid)):
            ids += self.text(messages[int(part)].content) if number % 2 else self._marks(part)
        return ids

    def text(self, text: str) -> list[int]:
        """The tokens of a text that is foreign: none of them means anything to the template."""
        ids: list[int] = self._text.encode(text, add_special_tokens=False).ids
        if self._forbidden.isdisjoint(ids):
            return ids
        # Some vocabularies hold their marks as common pieces, too: broken up, they are text.
        for mark in sorted(self._forbidden.values(), key=len, reverse=True):
            text = text.replace(mark, f"{mark[:1]} {mark[1:]}")
        broken: list[int] = self._text.encode(text, add_special_tokens=False).ids
        return [token for token in broken if token not in self._forbidden]

    def _marks(self, text: str) -> list[int]:
        if not text:
            return []
        return list(self._tokenizer(text, add_special_tokens=False)["input_ids"])

    def _lay_out(self, messages: Sequence[Message], thinking: bool | None) -> str:
        """The template's text, with a stand-in for each message."""
        stood_in = [
            {"role": message.role, "content": f"qzhansard{number}messagezq"}
            for number, message in enumerate(messages)
        ]
        extra = {} if thinking is None else {"enable_thinking": thinking}
        try:
            laid = str(
                self._tokenizer.apply_chat_template(
                    stood_in,
                    chat_template=self._template,
                    tokenize=False,
                    add_generation_prompt=True,
                    **extra,
                )
            )
        except Exception as error:  # whatever a stranger's template makes of it
            raise self._refused(str(error).partition("\n")[0] or type(error).__name__) from error
        if {int(number) for number in _STAND_IN.findall(laid)} != set(range(len(messages))):
            raise self._refused("it leaves a message out")
        return laid

    def _plain(self, messages: Sequence[Message]) -> list[int]:
        """For a model without a template: who speaks, a colon, what is said."""
        start = self._marks("a") and self._tokenizer("a")["input_ids"][:1]
        first = self._tokenizer.bos_token_id
        ids = list(start) if first is not None and start == [first] else []
        for message in messages:
            ids += self.text(f"{_ROLES[message.role]}: {message.content.strip()}\n\n")
        return ids + self.text("Assistant:")

    def _refused(self, what: str) -> LanguageModelError:
        return LanguageModelError(
            f"the chat template of model {self._name!r} cannot be used: {what}",
            hint="set llm_chat_template to a template that takes these messages",
        )


def _read(tokenizer: Any, template: Path | None) -> tuple[str | None, str]:
    """The template to use in place of the model's, and what is known of it."""
    if template is None:
        return None, "model" if tokenizer.chat_template else PLAIN
    try:
        text = template.expanduser().read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise SettingError(
            f"llm_chat_template = {str(template)!r} cannot be read: {error}",
            hint="name a file with a Jinja chat template",
        ) from error
    return text, hashlib.sha256(text.encode()).hexdigest()


def _bare(tokenizer: Any, name: str) -> tuple[Any, "_Forbidden"]:
    """The tokenizer without its added tokens, and those tokens.

    Added tokens of white space only stay: they are a way to write text.
    """
    backend = tokenizer.backend_tokenizer
    try:
        content = json.loads(backend.to_str())
        added = content.get("added_tokens", [])
        content["added_tokens"] = [one for one in added if not _means(one["content"])]
        content["truncation"] = content["padding"] = None
        bare = type(backend).from_str(json.dumps(content))
    except Exception as error:  # whatever the library makes of a stranger's file
        raise ModelDamagedError(
            f"the tokenizer of language model {name!r} cannot be used: {error}",
            hint=f"hansard models verify {name}, or fetch it again",
        ) from error
    return bare, _Forbidden(
        {int(one["id"]): one["content"] for one in added if _means(one["content"])}
    )


class _Forbidden(dict[int, str]):
    """Tokens that no text of a message may turn into, with their spelling."""

    def isdisjoint(self, ids: Sequence[int]) -> bool:
        return self.keys().isdisjoint(ids)


def _means(content: str) -> bool:
    return bool(content.replace("\u2581", "").strip())


def _fold(messages: Sequence[Message]) -> Sequence[Message]:
    """The messages with what the system says put before what the user says first."""
    said = "\n\n".join(message.content for message in messages if message.role == "system")
    others = [message for message in messages if message.role != "system"]
    if not said:
        return messages
    if others and others[0].role == "user":
        return [Message("user", f"{said}\n\n{others[0].content}"), *others[1:]]
    return [Message("user", said), *others]
