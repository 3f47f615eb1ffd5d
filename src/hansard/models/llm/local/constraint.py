"""An answer that fits a schema, token by token: llguidance says what may come next.

The grammar is the schema with lengths where it sets none (`bounds`), as compact JSON. Near the end
of the budget the answer is brought to land: what may still come is narrowed to what closes what is
open (a quotation mark, a bracket), so that even then it is JSON of this schema, only shorter than
the model would have had it.

The masks are made with numpy: llguidance's own for torch cost half a minute to load.
"""

import json
import logging
from collections import OrderedDict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import llguidance.hf
import llguidance.numpy
import numpy as np
from numpy.typing import NDArray

from hansard.errors import LanguageModelError
from hansard.models.llm.local.bounds import bounded, sample
from hansard.models.llm.local.distinct import Where
from hansard.models.llm.protocol import Schema

logger = logging.getLogger(__name__)

Mask = NDArray[np.bool_]
"""For each token whether it may come next, [vocabulary]."""

KEPT = 16
"""Grammars that are kept, the latest ones."""
_COMPACT = {"whitespace_flexible": False, "item_separator": ",", "key_separator": ":"}
_SPARE = 16
"""Tokens more than `sample` takes at which the landing begins, beside a quarter."""
_CLOSERS = (b"}", b"]"), (b'"',), (b",", b":")
_PLAIN, _OTHER = len(_CLOSERS) + 1, len(_CLOSERS) + 2


@dataclass(frozen=True, slots=True)
class Grammar:
    """A schema made ready."""

    schema: Schema
    text: str
    reserve: int
    """Tokens before the end of the budget at which the landing begins."""


class Constraint:
    """Makes guides for one model's tokens; grammars are kept. For one thread at a time."""

    def __init__(self, tokenizer: Any, ends: Sequence[int]) -> None:
        """`tokenizer` is a fast one of transformers, `ends` are the tokens that end an answer.

        Raises:
            ValueError: the tokenizer is of a kind that llguidance does not read.
        """
        self._tokens = llguidance.hf.from_tokenizer(tokenizer, eos_token=list(ends))
        self._spelt = Spelling(self._tokens)
        self._grammars: OrderedDict[str, Grammar] = OrderedDict()

    def guide(self, schema: Schema, budget: int) -> "Guide":
        """What leads one answer of at most `budget` tokens.

        Raises:
            LanguageModelError: no grammar can be made from the schema.
        """
        key = json.dumps(schema, ensure_ascii=False)
        grammar = self._grammars.get(key)
        if grammar is None:
            grammar = self._grammars[key] = self._make(schema)
            while len(self._grammars) > KEPT:
                self._grammars.popitem(last=False)
        self._grammars.move_to_end(key)
        return Guide(self._match(grammar.text), self._spelt, grammar, budget)

    def _make(self, schema: Schema) -> Grammar:
        problem = ""
        for candidate, options in (
            (bounded(schema), _COMPACT),
            (bounded(schema), _COMPACT | _LENIENT),
            (dict(schema), _COMPACT | _LENIENT),
        ):
            text = llguidance.LLMatcher.grammar_from_json_schema(
                json.dumps(candidate, ensure_ascii=False), overrides=options
            )
            matcher = self._match(text)
            if not matcher.is_error():
                return Grammar(candidate, text, self._reserve(candidate))
            problem = str(matcher.get_error()).partition("\n")[0]
            logger.debug("no grammar from the schema with %s: %s", options, problem)
        raise LanguageModelError(
            f"a model in this process cannot be held to this schema: {problem}",
            hint="leave out what contradicts itself there, or use a server (--llm-url)",
        )

    def _match(self, grammar: str) -> Any:
        return llguidance.LLMatcher(self._tokens, grammar, log_level=0)

    def _reserve(self, schema: Mapping[str, Any]) -> int:
        pieces = sample(schema)
        length = {piece: len(self._tokens.tokenize_str(piece)) for piece in set(pieces)}
        needed = sum(length[piece] for piece in pieces)
        return needed + needed // 4 + _SPARE


_LENIENT = {"lenient": True, "coerce_one_of": True}
"""What llguidance does not know is left to those who check the answer."""


class Spelling:
    """What each token is written as, and how soon it brings an answer to its end."""

    def __init__(self, tokens: Any) -> None:
        """`tokens` are llguidance's."""
        self.size = int(tokens.vocab_size)
        self._tokens = tokens
        self._ends = frozenset(tokens.eos_tokens)
        self.quoted = np.zeros(self.size, np.bool_)
        """Tokens with a quotation mark in them."""
        self.outside = np.full(self.size, _OTHER, np.int8)
        """Ranks outside strings, the soonest 0: the end itself; brackets that close; quotation
        marks; separators, which end a number; plain text, so that `null` is preferred to an object;
        then all others."""
        closers = {text: number + 1 for number, group in enumerate(_CLOSERS) for text in group}
        for token in range(self.size):
            text = self.read(token)
            plain = text.isalnum() and text.isascii()
            self.quoted[token] = b'"' in text
            self.outside[token] = closers.get(text, _PLAIN if plain else _OTHER)
        self.inside = np.where(self.outside < _PLAIN, _OTHER, self.outside).astype(np.int8)
        """Ranks within a string: the quotation mark, plain text, all others."""
        self.inside[self.outside == closers[b'"']] = 0
        self.outside[list(self._ends)] = 0

    def read(self, token: int) -> bytes:
        """The token's bytes; none where it only ends an answer."""
        return b"" if token in self._ends else bytes(self._tokens.decode_bytes([token]))


class Guide:
    """Leads one answer. Ask `allowed`, choose a token, `take` it, until it `ended`."""

    def __init__(self, matcher: Any, spelling: Spelling, grammar: Grammar, budget: int) -> None:
        self._matcher = matcher
        self._spelling = spelling
        self._grammar = grammar
        self._budget = budget
        self._taken: list[int] = []
        self._bits = np.zeros((1, -(-spelling.size // 32)), np.int32)
        self._where = Where(grammar.schema)

    @property
    def ended(self) -> bool:
        """Whether nothing more can come."""
        return bool(self._matcher.is_stopped())

    @property
    def complete(self) -> bool:
        """Whether what came is JSON of the schema."""
        return bool(self._matcher.is_accepting()) and not self._matcher.is_error()

    @property
    def text(self) -> str:
        """What came, without tokens that only end it."""
        return b"".join(map(self._spelling.read, self._taken)).decode("utf-8", "replace")

    def allowed(self) -> Mask:
        """What fits the schema as the next token.

        Raises:
            LanguageModelError: nothing does, which is the fault of the schema or of llguidance.
        """
        llguidance.numpy.fill_next_token_bitmask(self._matcher, self._bits)
        bits = np.unpackbits(self._bits.view(np.uint8), bitorder="little")
        mask: Mask = bits[: self._spelling.size].astype(np.bool_)
        if self._matcher.is_error() or not mask.any():
            raise LanguageModelError(
                f"the answer cannot be held to its schema: {self._reason()}",
                hint="leave unusual keywords out of the schema, or use a server (--llm-url)",
            )
        return self._differing(mask) if self._where.watched else mask

    def _differing(self, mask: Mask) -> Mask:
        """What is allowed without what repeats an item; all of it where nothing else is left."""
        where, left = self._where, mask.copy()
        # Within a text only a quotation mark can end it; anywhere else little is allowed.
        ending = mask & self._spelling.quoted if where.inside and not where.listed else mask
        for token in np.flatnonzero(ending).tolist():
            left[token] = not where.after(self._spelling.read(token)).repeats
        return left if left.any() else mask

    def landing(self, allowed: Mask) -> Mask:
        """All that is allowed while there is room, then what ends the answer soonest."""
        if self._budget - len(self._taken) > self._grammar.reserve:
            return allowed
        forced = self._matcher.compute_ff_tokens()
        if forced and allowed[forced[0]]:
            narrowed = np.zeros_like(allowed)
            narrowed[forced[0]] = True
            return narrowed
        ranks = self._spelling.inside if self._where.inside else self._spelling.outside
        soonest: Mask = allowed & (ranks == ranks[allowed].min())
        return soonest

    def take(self, token: int) -> None:
        """Go on with this token.

        Raises:
            LanguageModelError: it was not allowed.
        """
        self._taken.append(token)
        self._where = self._where.after(self._spelling.read(token))
        if not self._matcher.consume_token(token):
            raise LanguageModelError(f"the answer left its schema: {self._reason()}")

    def _reason(self) -> str:
        return str(self._matcher.get_error()).partition("\n")[0] or "nothing may follow"
