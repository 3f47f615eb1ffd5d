"""What each way to fill a field finds in a talk."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final

from hansard.transcript import Seconds, Transcript
from hansard.transcript.speaking import known_speakers, speaking_time
from hansard.writing.cues import spotting as cues
from hansard.writing.forms.template import Method
from hansard.writing.language.words import content_words, count_words
from hansard.writing.naming.names import suggest_names
from hansard.writing.quoting.chapters import span_of
from hansard.writing.quoting.quotes import clauses
from hansard.writing.quoting.replies import is_settled, reply_to
from hansard.writing.quoting.talk import Quote, Talk

if TYPE_CHECKING:
    from hansard.writing.lines import Line

_ABSTRACT_WORDS: Final = 80
_POINTS: Final = (3, 10)
"""Key points of a short recording, and of a long one."""
_WORDS_A_POINT: Final = 150
_QUOTES: Final = 5
_GOOD: Final = 0.6
"""A sentence is quoted where it is worth this share of the most quotable one."""
_QUESTIONS: Final = 10
_ASKS_SOMETHING: Final = 2
"""Words of meaning without which a question asks nothing that a reader could answer."""
_TAGS: Final = 10
_ALIKE: Final = 0.6
"""Share of common words from which two sentences say the same."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Find:
    """One thing that was found."""

    quote: Quote
    weight: float = 1.0
    """The higher, the sooner it is taken where not all are wanted."""
    place: int | None = None
    """Of its sentence, where more of the talk may join in."""
    title: Quote | None = None
    speaker: str | None = None
    owner: str | None = None
    due: str | None = None
    answer: Quote | None = None
    span: tuple[Seconds, Seconds] | None = None
    duration: Seconds | None = None
    part: Talk | None = None
    """The stretch of talk that it stands for."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Finds:
    """Everything that one method found, in order of time or rank, and how many are enough."""

    finds: tuple[Find, ...] = ()
    usual: int = 1_000

    def best(self) -> list[int]:
        """Places of the finds, best first."""
        return sorted(range(len(self.finds)), key=lambda n: -self.finds[n].weight)


@dataclass(frozen=True, slots=True, kw_only=True)
class Wish:
    """What a field asks for beyond its method."""

    guests_only: bool = False
    open_only: bool = False


def find(method: Method, talk: Talk, transcript: Transcript, wish: Wish) -> Finds:
    """What a method finds in a talk, which is the transcript or a part of it."""
    if method == "people":
        return _guests(talk, transcript) if wish.guests_only else _people(talk, transcript)
    if method == "questions":
        return _questions(talk, wish)
    return _METHODS[method](talk)


def _title(talk: Talk) -> Finds:
    if talk.title is None:
        return Finds()
    others = (
        Quote(clause, talk.sentences[place].lines)
        for place in talk.points[:5]
        for clause in (talk.sentences[place].text, *clauses(talk.sentences[place].text))
    )
    quotes = dict.fromkeys((talk.title, *others, *talk.phrases))
    return Finds(finds=_ranked([_of_quote(quote) for quote in quotes]), usual=1)


def _abstract(talk: Talk) -> Finds:
    passages = [(place, talk.passage(place, _ABSTRACT_WORDS)) for place in talk.points[:10]]
    return Finds(
        finds=_ranked([replace(_of_quote(quote), place=place) for place, quote in passages]),
        usual=1,
    )


def _key_points(talk: Talk) -> Finds:
    """The best of each topic, then the best of all, none twice, in order of time."""
    size = sum(count_words(line.text) for line in talk.lines)
    usual = min(_POINTS[1], max(_POINTS[0], size // _WORDS_A_POINT))
    chosen = list(_unlike(talk, talk.points, usual))
    rest = [place for place in talk.points if place not in set(chosen)]
    weights = {place: -float(number) for number, place in enumerate([*chosen, *rest])}
    finds = (_of_sentence(talk, place, weights[place]) for place in sorted(weights))
    return Finds(finds=tuple(finds), usual=min(usual, max(1, len(chosen))))


def _unlike(talk: Talk, order: Sequence[int], most: int) -> Iterator[int]:
    """The first sentence of each topic and then the others in order, leaving out what is alike."""
    topic_of = {
        line.segment: number for number, topic in enumerate(talk.topics) for line in topic.lines
    }
    firsts: dict[int, int] = {}
    for place in order:
        firsts.setdefault(topic_of[talk.sentences[place].lines[0].segment], place)
    leaders = sorted(firsts.values(), key=lambda place: -talk.scores[place])[:most]
    taken: list[set[str]] = []
    count = 0
    for place in dict.fromkeys([*leaders, *order[: 20 * most]]):
        words = set(content_words(talk.sentences[place].text, talk.language))
        if count < most and not any(_alike(words, other) for other in taken):
            taken.append(words)
            count += 1
            yield place


def _alike(one: set[str], other: set[str]) -> bool:
    least = min(len(one), len(other))
    return least > 0 and len(one & other) / least >= _ALIKE


def _quotes(talk: Talk) -> Finds:
    def worth(sentence: Quote) -> float:
        return cues.quotable(sentence.text, talk.language)

    found = _by_cue(talk, worth)
    best = max((one.weight for one in found), default=0.0)
    good = [one for one in found if one.weight >= _GOOD * best]
    weighed = [replace(one, weight=one.weight + _share(talk, one.place or 0)) for one in good]
    return Finds(finds=tuple(weighed), usual=_QUOTES)


def _decisions(talk: Talk) -> Finds:
    return Finds(finds=_by_cue(talk, lambda one: cues.decides(one.text, talk.language)))


def _action_items(talk: Talk) -> Finds:
    found = _by_cue(talk, lambda one: cues.assigns(one.text, talk.language))
    return Finds(
        finds=tuple(
            replace(
                one,
                owner=cues.owner_in(one.quote.text, one.speaker, talk.language),
                due=cues.due_in(one.quote.text, talk.language),
            )
            for one in found
        )
    )


def _questions(talk: Talk, wish: Wish) -> Finds:
    """Questions that want an answer, those that yes or no would not answer first."""

    def asked(sentence: Quote) -> float:
        return cues.asks(sentence.text, talk.language)

    found = [
        replace(
            one,
            answer=reply_to(talk, one.place or 0),
            weight=one.weight + _share(talk, one.place or 0),
        )
        for one in _by_cue(talk, asked)
        if len(content_words(one.quote.text, talk.language)) >= _ASKS_SOMETHING
        and not cues.assigns(one.quote.text, talk.language)
        and not (wish.open_only and is_settled(talk, one.place or 0))
    ]
    return Finds(finds=tuple(found), usual=_QUESTIONS)


def _share(talk: Talk, place: int) -> float:
    """How much a sentence says, compared with the one that says most: 0 to 1."""
    return talk.scores[place] / (max(talk.scores) or 1.0)


def _links(talk: Talk) -> Finds:
    quotes = [
        Quote(link, sentence.lines)
        for sentence in talk.sentences
        for link in cues.links_in(sentence.text, talk.language)
    ]
    return Finds(finds=tuple(_of_quote(quote) for quote in _once(quotes)))


def _tags(talk: Talk) -> Finds:
    """Phrases; where more are wanted than there are, single words."""
    found = _ranked([_of_quote(quote) for quote in _once((*talk.phrases, *talk.words))])
    return Finds(finds=found, usual=min(_TAGS, max(1, len(talk.phrases))))


def _once(quotes: Sequence[Quote]) -> Iterator[Quote]:
    """The first quote of each text, in order."""
    first: dict[str, Quote] = {}
    for quote in quotes:
        first.setdefault(quote.text.casefold(), quote)
    yield from first.values()


def _chapters(talk: Talk) -> Finds:
    """Topics that begin at a known time, each later than the one before."""
    found: list[Find] = []
    for topic in _topics(talk).finds:
        if topic.span and (not found or topic.span[0] > (found[-1].span or (0, 0))[0]):
            found.append(topic)
    for number, one in enumerate(found[1:]):
        start = (found[number].span or (0.0, 0.0))[0]
        found[number] = replace(found[number], span=(start, (one.span or (0.0, 0.0))[0]))
    return Finds(finds=tuple(found))


def _topics(talk: Talk) -> Finds:
    return Finds(
        finds=tuple(
            Find(
                quote=topic.title,
                title=topic.title,
                span=span_of(topic.lines),
                weight=float(sum(len(line.text) for line in topic.lines)),
                part=topic,
            )
            for topic in talk.topics
            if topic.title is not None
        )
    )


def _people(talk: Talk, transcript: Transcript) -> Finds:
    times = speaking_time(transcript)
    first: dict[str, Line] = {}
    for line in talk.lines:
        if line.speaker is not None:
            first.setdefault(line.speaker, line)
    return Finds(
        finds=tuple(
            Find(
                quote=Quote(label, (first[label],)),
                span=span_of((first[label],)),
                duration=round(times[label], 3) if times.get(label) else None,
                speaker=label,
            )
            for label in known_speakers(transcript)
            if label.strip() and label in first
        )
    )


def _guests(talk: Talk, transcript: Transcript) -> Finds:
    """People who are introduced to the listeners, by the names that are said."""
    found = []
    for suggested in suggest_names(transcript):
        quote = talk.locate(suggested.name)
        if suggested.reason == "was introduced" and quote is not None:
            found.append(replace(_of_quote(quote), speaker=suggested.speaker))
    return Finds(finds=tuple(found))


def _by_cue(talk: Talk, worth: Callable[[Quote], float]) -> tuple[Find, ...]:
    return tuple(
        _of_sentence(talk, place, weight)
        for place, sentence in enumerate(talk.sentences)
        if (weight := float(worth(sentence))) > 0 and not talk.told(sentence)
    )


def _of_sentence(talk: Talk, place: int, weight: float) -> Find:
    return replace(_of_quote(talk.sentences[place]), place=place, weight=weight)


def _of_quote(quote: Quote) -> Find:
    return Find(quote=quote, speaker=quote.lines[0].speaker, span=span_of(quote.lines))


def _ranked(finds: Sequence[Find]) -> tuple[Find, ...]:
    """Finds whose order is their rank."""
    return tuple(replace(one, weight=-float(number)) for number, one in enumerate(finds))


_METHODS: Final[Mapping[Method, Callable[[Talk], Finds]]] = {
    "title": _title,
    "abstract": _abstract,
    "key_points": _key_points,
    "quotes": _quotes,
    "decisions": _decisions,
    "action_items": _action_items,
    "chapters": _chapters,
    "links": _links,
    "tags": _tags,
    "topics": _topics,
}
