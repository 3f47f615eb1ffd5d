"""Answers to questions about a transcript, by quotation.

    question ─ content words ─ BM25 over sentences and their neighbours ─ the best of them

BM25 is Robertson and Zaragoza's (2009, "The Probabilistic Relevance Framework: BM25 and Beyond").
"""

import re
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from math import log
from typing import Final

from hansard.errors import UsageError
from hansard.transcript import Transcript
from hansard.transcript.summaries import Answer
from hansard.writing.cues.spotting import asks, decides, due_in
from hansard.writing.evidence.evidence import cite
from hansard.writing.language.words import content_words, count_words
from hansard.writing.lines import lines_of
from hansard.writing.naming.names import is_anonymous
from hansard.writing.quoting.quotes import find_phrase
from hansard.writing.quoting.replies import reply_to
from hansard.writing.quoting.talk import Quote, Talk

GAP: Final = " \u2026 "
"""Between quotations that do not follow each other."""
_K1: Final = 1.2
_B: Final = 0.5
_NEIGHBOUR: Final = 0.3
"""What a word in the sentence before or after counts."""
_COVERED: Final = 0.45
"""Share of the question's words that must be said near an answer; of several words one alone is
enough only where it is a rare one."""
_LONG: Final = 200
"""Sentences from which on it shows which words are common in a transcript."""
_NEAR_BEST: Final = 0.7
"""A further sentence is quoted where its score is this share of the best one's."""
_MOST: Final = 3
_SHORT: Final = 4
"""Sentences with fewer words than this seldom answer anything."""
_ABOUT_TALK: Final = (
    "say said says tell told talk talked mention mentioned discuss discussed speak speaker mean "
    "meeting recording transcript conversation answer question date time day name people person "
    "happen thing decide decided decision kažu rekli rekao rekla kazao kazala govorili spomenuli "
    "odlučili odluka dogovorili datum vrijeme sastanak snimka gesagt sagt sagen gesprochen erwähnt "
    "besprochen entschieden beschlossen entscheidung datum uhrzeit besprechung aufnahme"
)
"""Words of questions about talk, which the answer need not have."""
_WHEN: Final = re.compile(r"\b(?:when|what (?:time|date|day)|kada?|kad|wann)\b", re.IGNORECASE)
_HOW_MANY: Final = re.compile(r"\bhow (?:many|much)\b|\bkoliko\b|\bwie ?viele?\b", re.IGNORECASE)
_DECIDED: Final = re.compile(
    r"\b(?:decid|decision|agree|odluč|odluk|dogovor|entsch|beschl)", re.IGNORECASE
)
_NAME: Final = re.compile(r"(?<=[\w,] )[^\W\d_a-z][\w'\u2019-]+")
_FIGURE: Final = re.compile(
    r"\d|\b(?:hundred|thousand|million|billion|percent|dozen|stotin\w*|tisuć\w*|hiljad\w*|milijun\w*|"
    r"milion\w*|posto|hundert\w*|tausend\w*|million\w*|prozent)\b|"
    r"\b(?:two|three|four|five|six|seven|eight|nine|ten|twenty|thirty|forty|fifty)\b",
    re.IGNORECASE,
)


def find_answer(transcript: Transcript, question: str) -> Answer:
    """One to three sentences of the transcript that answer a question, in order, with segments.

    The text is the transcript's own; an ellipsis stands between sentences that do not follow each
    other. It is None, without evidence, where too few of the question's words are said in one
    place, or a name in the question is never said: no answer is better than a wrong one.

    Raises:
        UsageError: the question is blank.
    """
    asked = " ".join(question.split())
    if not asked:
        raise UsageError("the question is blank", hint="ask something about the recording")
    lines = lines_of(transcript)
    talk = Talk(lines, transcript.language)
    wanted = _understand(asked, talk)
    scores = _scores(talk, wanted) if wanted.words else {}
    if not wanted.special and _DECIDED.search(asked):
        scores = scores or _decisions(talk)
    quotes = _quotes(talk, scores)
    segments = [line.segment for quote in quotes for line in quote.lines]
    return Answer(
        question=question,
        text=GAP.join(quote.text for quote in quotes) or None,
        evidence=cite(lines, segments),
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class _Wanted:
    """What is asked."""

    question: str
    words: tuple[str, ...]
    """Stems that an answer has."""
    special: bool
    """Whether they say what it is about."""
    speaker: str | None
    """Whose words are asked for."""


def _understand(question: str, talk: Talk) -> _Wanted:
    labels = {line.speaker for line in talk.lines if line.speaker}
    named = [
        label
        for label in sorted(labels, key=lambda label: (-len(label), label))
        if not is_anonymous(label) and _is_called(label, question)
    ]
    words = content_words(question, talk.language)
    general = set(content_words(_ABOUT_TALK, talk.language))
    of_name = set(content_words(named[0], talk.language)) if named else set()
    own = [word for word in dict.fromkeys(words) if word not in of_name]
    special = [word for word in own if word not in general]
    said = {word for sentence in talk.sentences for word in _stems(sentence, talk)}
    strangers = {
        word for name in _NAME.findall(question) for word in content_words(name, talk.language)
    }
    if strangers - of_name - said - general:
        special, own = [], []
    return _Wanted(
        question=question,
        words=tuple(special or own),
        special=bool(special),
        speaker=named[0] if named else None,
    )


def _is_called(label: str, question: str) -> bool:
    """Whether a question names a speaker, by the whole name or its first word."""
    first = label.split(maxsplit=1)[0] if label.split() else label
    return any(find_phrase(name, question) for name in (label, first) if len(name) > 1)


def _scores(talk: Talk, wanted: _Wanted) -> dict[int, float]:
    """Place of each sentence that could be an answer to how good a one it is."""
    bags = [Counter(_stems(sentence, talk)) for sentence in talk.sentences]
    rarity = _rarity(bags, wanted.words)
    weights = {word: rarity[word] if len(bags) >= _LONG else 1.0 for word in wanted.words}
    mean = sum(bag.total() for bag in bags) / max(len(bags), 1) or 1.0
    scores: dict[int, float] = {}
    for place, bag in enumerate(bags):
        around = [bags[n] for n in (place - 1, place + 1) if 0 <= n < len(bags)]
        held = {word for word in wanted.words if bag[word] or any(b[word] for b in around)}
        if not any(bag[word] for word in wanted.words):
            continue
        share = sum(weights[word] for word in held) / sum(weights.values())
        if share < _COVERED:
            continue
        length = 1 - _B + _B * bag.total() / mean
        score = 0.0
        for word in held:
            count = bag[word] + _NEIGHBOUR * sum(b[word] for b in around)
            score += rarity[word] * count * (_K1 + 1) / (count + _K1 * length)
        scores[place] = share * score * _fitness(talk, place, wanted)
    return scores


def _decisions(talk: Talk) -> dict[int, float]:
    """All that was decided, for a question that asks just that."""
    return {
        place: 1.0
        for place, sentence in enumerate(talk.sentences)
        if decides(sentence.text, talk.language) and not talk.told(sentence)
    }


def _stems(sentence: Quote, talk: Talk) -> list[str]:
    return content_words(sentence.text, talk.language)


def _rarity(bags: Sequence[Counter[str]], words: Sequence[str]) -> Mapping[str, float]:
    """The inverse document frequency of each word; one that is never said counts as said once."""
    counts = {word: max(1, sum(word in bag for bag in bags)) for word in words}
    return {
        word: log(1 + (len(bags) - count + 0.5) / (count + 0.5)) for word, count in counts.items()
    }


def _fitness(talk: Talk, place: int, wanted: _Wanted) -> float:
    """How well a sentence suits the kind of question, whatever its words."""
    sentence = talk.sentences[place]
    text = sentence.text
    fitness = 1.0
    if asks(text, talk.language):
        fitness *= 0.5
    if count_words(text) < _SHORT:
        fitness *= 0.4
    if talk.told(sentence):
        fitness *= 0.1
    if wanted.speaker is not None:
        fitness *= 1.5 if sentence.lines[0].speaker == wanted.speaker else 0.3
    if _WHEN.search(wanted.question) and (due_in(text, talk.language) or _FIGURE.search(text)):
        fitness *= 1.5
    if _HOW_MANY.search(wanted.question) and _FIGURE.search(text):
        fitness *= 1.5
    if _DECIDED.search(wanted.question) and decides(text, talk.language):
        fitness *= 1.5
    return fitness


def _quotes(talk: Talk, scores: Mapping[int, float]) -> list[Quote]:
    """The best sentences in order; a question among them gives way to its answer."""
    order = sorted(scores, key=lambda place: (-scores[place], place))
    if not order:
        return []
    first: dict[str, int] = {}
    for place in order:
        if scores[place] >= _NEAR_BEST * scores[order[0]]:
            first.setdefault(talk.sentences[place].text.casefold(), place)
    top = list(first.values())[:_MOST]
    if asks(talk.sentences[top[0]].text, talk.language):
        reply = reply_to(talk, top[0])
        if reply is not None:
            return [reply]
    return [talk.between(begin, end) for begin, end in _runs(sorted(top))]


def _runs(places: Sequence[int]) -> list[tuple[int, int]]:
    """Begin and end of each stretch of places that follow each other."""
    runs: list[tuple[int, int]] = []
    for place in places:
        if runs and runs[-1][1] == place:
            runs[-1] = (runs[-1][0], place + 1)
        else:
            runs.append((place, place + 1))
    return runs
