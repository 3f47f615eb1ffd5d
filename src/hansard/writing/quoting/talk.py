"""A transcript, or a part of it, as a back end that can only quote looks at it."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Final

from hansard.transcript.subtitles.scripts import ends_sentence
from hansard.writing.cues.spotting import asks
from hansard.writing.guards.injections import instruction_segments
from hansard.writing.language.keyphrases import keyphrases
from hansard.writing.language.ranking import rank, split_sentences
from hansard.writing.language.topics import find_topics
from hansard.writing.language.words import (
    code_of,
    content_words,
    count_words,
    guess_language,
    is_stop_word,
    spans,
)
from hansard.writing.lines import Line
from hansard.writing.quoting.quotes import bare, clauses, clip, find_phrase

_LONGEST: Final = 60
"""Words up to which the pieces of a sentence that was cut into several lines are joined again."""
_PHRASES: Final = 30
_TITLE_WORDS: Final = (3, 10)
_TITLE_CHARACTERS: Final = 80
_SAY_LITTLE: Final = 6
"""Sentences with fewer words than this are points of nothing."""


@dataclass(frozen=True, slots=True)
class Quote:
    """A stretch of what one speaker said, and the lines that it stands in."""

    text: str
    lines: tuple[Line, ...]
    spaced: bool = True
    """Whether a space stands in front of it in its line, as in most scripts."""


class Talk:
    """Lines with all that can be found in them, each thing worked out when it is first needed."""

    def __init__(self, lines: Sequence[Line], language: str | None) -> None:
        self.lines = tuple(lines)
        self.language = code_of(language) or guess_language(line.text for line in lines)

    @cached_property
    def sentences(self) -> tuple[Quote, ...]:
        """Every sentence in order; one that runs over several lines of a speaker is one."""
        found: list[Quote] = []
        for line in self.lines:
            at = 0
            for text in split_sentences(line.text):
                begin = line.text.find(text, at)
                spaced = begin == 0 or line.text[begin - 1] == " "
                if begin == 0 and found and _goes_on(found[-1], text, line):
                    before = found.pop()
                    joined = f"{before.text} {text}"
                    found.append(Quote(joined, (*before.lines, line), before.spaced))
                else:
                    found.append(Quote(text, (line,), spaced))
                at = begin + len(text)
        return tuple(found)

    @cached_property
    def scores(self) -> tuple[float, ...]:
        """How much each sentence says of the whole; 0 for words to a machine."""
        ranked = rank([sentence.text for sentence in self.sentences], self.language)
        return tuple(
            0.0 if self.told(sentence) else float(score)
            for sentence, score in zip(self.sentences, ranked, strict=True)
        )

    @cached_property
    def points(self) -> tuple[int, ...]:
        """Places of the sentences that could stand for the talk, best first.

        Statements of five words or more, where there are any; words to a machine come last.
        """
        order = sorted(range(len(self.sentences)), key=lambda place: -self.scores[place])
        order.sort(key=lambda place: self.told(self.sentences[place]))
        able = [place for place in order if self._could_stand(self.sentences[place])]
        return tuple(able or order)

    @cached_property
    def topics(self) -> tuple["Talk", ...]:
        """The parts of the talk that are each about one thing."""
        return tuple(Talk(part, self.language) for part in find_topics(self.lines, self.language))

    @cached_property
    def phrases(self) -> tuple[Quote, ...]:
        """What the talk is about, in one to three words each, best first."""
        texts = [line.text for line in self._honest]
        found = (self.locate(phrase) for phrase in keyphrases(texts, self.language, _PHRASES))
        return tuple(quote for quote in found if quote is not None)

    @cached_property
    def words(self) -> tuple[Quote, ...]:
        """Every word once: first those that carry meaning, then the others."""
        found: dict[str, Quote] = {}
        for line in self._honest:
            for begin, end in spans(line.text, self.language):
                word = line.text[begin:end]
                found.setdefault(word.casefold(), Quote(word, (line,)))
        return tuple(
            sorted(found.values(), key=lambda quote: not content_words(quote.text, self.language))
        )

    @cached_property
    def title(self) -> Quote | None:
        """A short clause that says what the talk is about; None where there is no word."""
        best: Quote | None = None
        highest = 0.0
        for number, place in enumerate(self.points[:40]):
            sentence = self.sentences[place]
            for clause in clauses(sentence.text):
                worth = self._worth_as_title(clause) / (1 + 0.05 * number)
                if worth > highest:
                    best, highest = Quote(clause, sentence.lines), worth
        return best or self._any_title()

    def passage(self, place: int, words: int, least: int = 0) -> Quote:
        """A sentence with those around it, up to so many words, said in one go by one speaker.

        Where that has fewer than `least` characters, what others say before and after joins in.
        """
        begin, end = self._grown(place, words=words, characters=0, alone=True)
        quote = self.between(begin, end)
        if len(quote.text) >= least:
            return quote
        return self.between(*self._grown(place, words=0, characters=least, alone=False))

    def stretch(self, place: int, words: int) -> Quote:
        """What a speaker says from a sentence on, up to so many words."""
        end, size = place + 1, self._sizes[place]
        while (
            self._may_join(end, place, alone=True)
            and size + self._sizes[end] <= words
            and not asks(self.sentences[end].text, self.language)
        ):
            size += self._sizes[end]
            end += 1
        return self.between(place, end)

    def locate(self, phrase: str) -> Quote | None:
        """A phrase as it stands in the talk, with up to three of the lines that have it."""
        held = [
            (found, line)
            for line in self._honest
            if (found := find_phrase(phrase, line.text)) is not None
        ]
        if not held:
            return None
        texts = [found for found, _ in held]
        return Quote(
            phrase if phrase in texts else texts[0],
            tuple(line for found, line in held if found == phrase or phrase not in texts)[:3],
        )

    @cached_property
    def told_segments(self) -> frozenset[int]:
        """Ids of the segments that talk to the machine."""
        return frozenset(instruction_segments(self.lines))

    @cached_property
    def _honest(self) -> tuple[Line, ...]:
        """The lines that talk to people; all where there are no others."""
        honest = tuple(line for line in self.lines if line.segment not in self.told_segments)
        return honest if any(spans(line.text) for line in honest) else self.lines

    def told(self, sentence: Quote) -> bool:
        """Whether a sentence stands in a line that talks to the machine."""
        return any(line.segment in self.told_segments for line in sentence.lines)

    def _could_stand(self, sentence: Quote) -> bool:
        return (
            count_words(sentence.text) >= _SAY_LITTLE
            and not asks(sentence.text, self.language)
            and not self.told(sentence)
        )

    def _worth_as_title(self, clause: str) -> float:
        size = count_words(clause)
        if not _TITLE_WORDS[0] <= size <= _TITLE_WORDS[1] or len(clause) > _TITLE_CHARACTERS:
            return 0.0
        held = sum(
            1 / (2 + number)
            for number, phrase in enumerate(self.phrases[:10])
            if find_phrase(phrase.text, clause)
        )
        meaning = len(content_words(clause, self.language)) / size
        first = clause.split(maxsplit=1)[0]
        return held * meaning * (0.5 if is_stop_word(first, self.language) else 1.0)

    def _any_title(self) -> Quote | None:
        if self.phrases:
            return self.phrases[0]
        if not self.points:
            return None
        sentence = self.sentences[self.points[0]]
        text = clip(bare(sentence.text), _TITLE_CHARACTERS) or sentence.text
        return Quote(text, sentence.lines)

    def _grown(self, place: int, *, words: int, characters: int, alone: bool) -> tuple[int, int]:
        """Begin and end of a stretch around a sentence, taking the better neighbour each time."""
        begin, end = place, place + 1
        size, length = self._sizes[place], len(self.sentences[place].text)
        while size < words or length < characters:
            sides = [
                side
                for side in (begin - 1, end)
                if self._may_join(side, place, alone=alone)
                and (not words or size + self._sizes[side] <= words)
            ]
            if not sides:
                break
            side = max(sides, key=lambda side: self.scores[side])
            begin, end = min(begin, side), max(end, side + 1)
            size += self._sizes[side]
            length += 1 + len(self.sentences[side].text)
        return begin, end

    def _may_join(self, side: int, place: int, *, alone: bool) -> bool:
        if not 0 <= side < len(self.sentences):
            return False
        other, own = self.sentences[side], self.sentences[place]
        return not self.told(other) and (
            not alone or other.lines[0].speaker == own.lines[0].speaker
        )

    @cached_property
    def _sizes(self) -> tuple[int, ...]:
        return tuple(count_words(sentence.text) for sentence in self.sentences)

    def between(self, begin: int, end: int) -> Quote:
        """Sentences that follow each other, without spaces where they were said without."""
        text = ""
        for number in range(begin, end):
            sentence = self.sentences[number]
            text += " " if number > begin and sentence.spaced else ""
            text += sentence.text
        lines = [line for sentence in self.sentences[begin:end] for line in sentence.lines]
        return Quote(text, tuple(dict.fromkeys(lines)))


def _goes_on(before: Quote, text: str, line: Line) -> bool:
    """Whether a line's first piece belongs to the sentence that the line before left open."""
    last = before.lines[-1]
    return (
        last.segment != line.segment
        and last.speaker == line.speaker
        and text[:1].islower()
        and not ends_sentence(before.text, text)
        and count_words(before.text) + count_words(text) <= _LONGEST
    )
