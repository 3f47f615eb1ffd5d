"""Who the speakers are, by what they say of themselves and what others call them."""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Final, Literal

from hansard.errors import UsageError
from hansard.transcript import Transcript
from hansard.transcript.speaking import known_speakers, rename
from hansard.transcript.summaries import SuggestedName
from hansard.writing.cues.letters import Folded
from hansard.writing.evidence.evidence import cite
from hansard.writing.guards.injections import talks_to_machine
from hansard.writing.language.ranking import split_sentences
from hansard.writing.language.words import code_of, guess_language
from hansard.writing.lines import Line, lines_of
from hansard.writing.naming.cues import MEANS_NOBODY, NAME_CUES, NameCue, Whose
from hansard.writing.naming.reading import read_name, read_plain_name

Reason = Literal["introduced themselves", "was introduced", "was addressed"]

_REASONS: Final[Mapping[Whose, Reason]] = {
    "self": "introduced themselves",
    "next new": "was introduced",
    "next": "was addressed",
    "previous": "was addressed",
}
_WEIGHTS: Final[Mapping[Reason, int]] = {
    "introduced themselves": 4,
    "was introduced": 2,
    "was addressed": 1,
}
_NEAR: Final = 3
"""Sentences of the turn before within which somebody is introduced or handed the word."""


@dataclass(frozen=True, slots=True)
class _Heard:
    """One time that a name was said of a speaker."""

    speaker: str
    name: str
    segment: int
    reason: Reason


@dataclass(frozen=True, slots=True)
class _Case:
    """Everything that speaks for one name of one speaker."""

    speaker: str
    name: str
    heard: tuple[_Heard, ...]

    @property
    def weight(self) -> int:
        return sum(_WEIGHTS[one.reason] for one in self.heard)

    @property
    def reason(self) -> Reason:
        """The strongest of its reasons."""
        return max((one.reason for one in self.heard), key=_WEIGHTS.__getitem__)


@dataclass(frozen=True, slots=True)
class _Turn:
    """What one speaker says without a break, sentence by sentence with the segment of each."""

    speaker: str
    sentences: tuple[tuple[str, int], ...]


def suggest_names(transcript: Transcript) -> tuple[SuggestedName, ...]:
    """Names for speakers who have none yet, in order of the speakers; nothing where none is sure.

    A name is taken from an introduction ("I'm Ana Kovač"), from being introduced ("our guest is
    ...") or from being addressed ("thank you, Mark"). Speakers whose label is a name already are
    left alone, and so is a speaker for whom two names are equally likely. Two speakers have one
    name only where both said so themselves.
    """
    lines = lines_of(transcript)
    language = code_of(transcript.language) or guess_language(line.text for line in lines)
    heard = list(_listen(_turns(lines), _cues(language), language, cased=_has_case(lines)))
    taken = {label.casefold() for label in known_speakers(transcript) if not is_anonymous(label)}
    cases = _best_of_names(_best_of_speakers(_cases(heard), taken))
    order = {speaker: place for place, speaker in enumerate(known_speakers(transcript))}
    return tuple(
        SuggestedName(
            speaker=case.speaker,
            name=case.name,
            evidence=cite(lines, [one.segment for one in case.heard]),
            reason=case.reason,
        )
        for case in sorted(cases, key=lambda case: order[case.speaker])
    )


def apply_names(transcript: Transcript, names: Mapping[str, str]) -> Transcript:
    """The transcript with labels replaced by names, everywhere.

    Raises:
        UnknownNameError: a label is nobody's.
        UsageError: a name is blank, or two speakers would become one.
    """
    tidy = {label: " ".join(name.split()) for label, name in names.items()}
    after = Counter(tidy.get(label, label) for label in known_speakers(transcript))
    if (twice := after.most_common(1)) and twice[0][1] > 1:
        raise UsageError(
            f"two speakers would be called {twice[0][0]!r}",
            hint="give each a name of their own, or merge the speakers first",
        )
    return rename(transcript, tidy)


def is_anonymous(label: str) -> bool:
    """Whether a label is a machine's (`SPEAKER_00`, `S1`, `ch-1`) and nobody's name."""
    return MEANS_NOBODY.fullmatch(label.strip()) is not None


def _cues(language: str | None) -> tuple[NameCue, ...]:
    if language in NAME_CUES:
        return NAME_CUES[language]
    return () if language else tuple(cue for cues in NAME_CUES.values() for cue in cues)


def _has_case(lines: Sequence[Line]) -> bool:
    """Whether capital letters tell names from other words; not in text that is all one case."""
    letters = [letter for line in lines for letter in line.text if letter.isalpha()]
    capitals = sum(letter.isupper() for letter in letters)
    return 0 < capitals < 0.5 * len(letters)


def _turns(lines: Sequence[Line]) -> list[_Turn]:
    turns: list[_Turn] = []
    for line in lines:
        if line.speaker is None or talks_to_machine(line.text):
            continue
        said = tuple((sentence, line.segment) for sentence in split_sentences(line.text))
        if turns and turns[-1].speaker == line.speaker:
            turns[-1] = _Turn(line.speaker, turns[-1].sentences + said)
        else:
            turns.append(_Turn(line.speaker, said))
    return turns


def _listen(
    turns: Sequence[_Turn], cues: Sequence[NameCue], language: str | None, *, cased: bool
) -> Iterator[_Heard]:
    spoken: set[str] = set()
    for place, turn in enumerate(turns):
        spoken.add(turn.speaker)
        for number, (sentence, segment) in enumerate(turn.sentences):
            for whose, name in _names_in(sentence, cues, language, cased=cased):
                near = len(turn.sentences) - number <= _NEAR
                first = number < 2
                speaker = _meant(whose, turns, place, spoken, near=near, first=first)
                if speaker is not None and is_anonymous(speaker):
                    yield _Heard(speaker, name, segment, _REASONS[whose])


def _names_in(
    sentence: str, cues: Sequence[NameCue], language: str | None, *, cased: bool
) -> Iterator[tuple[Whose, str]]:
    text = Folded(sentence)
    for cue in cues:
        for match in cue.before.finditer(text.text):
            if cased:
                name = read_name(text, match.end(), cue, language)
            else:
                name = read_plain_name(text, match.end(), language) if cue.plain else None
            if name is not None:
                yield cue.whose, name


def _meant(
    whose: Whose, turns: Sequence[_Turn], place: int, spoken: set[str], *, near: bool, first: bool
) -> str | None:
    """Whose name it is, by the place where it was said in its turn."""
    if whose == "self":
        return turns[place].speaker
    if whose == "previous":
        return turns[place - 1].speaker if first and place else None
    if not near or place + 1 >= len(turns):
        return None
    following = turns[place + 1].speaker
    return None if whose == "next new" and following in spoken else following


def _cases(heard: Sequence[_Heard]) -> list[_Case]:
    """One case for each speaker and name; a first name alone counts for the full name."""
    names: dict[str, set[str]] = {}
    for one in heard:
        names.setdefault(one.speaker, set()).add(one.name)
    gathered: dict[tuple[str, str], list[_Heard]] = {}
    for one in heard:
        gathered.setdefault((one.speaker, _fullest(one.name, names[one.speaker])), []).append(one)
    return [_Case(speaker, name, tuple(all_)) for (speaker, name), all_ in gathered.items()]


def _fullest(name: str, names: set[str]) -> str:
    """The longest of the names that begin or end with this one; itself where that is not clear."""
    longer = [
        other for other in names if other.startswith(f"{name} ") or other.endswith(f" {name}")
    ]
    return longer[0] if len(longer) == 1 else name


def _best_of_speakers(cases: Sequence[_Case], taken: set[str]) -> list[_Case]:
    """For each speaker the name with most to speak for it; none where two have the same."""
    best: list[_Case] = []
    for speaker in dict.fromkeys(case.speaker for case in cases):
        mine = sorted(
            (c for c in cases if c.speaker == speaker), key=lambda c: c.weight, reverse=True
        )
        clear = len(mine) == 1 or mine[0].weight > mine[1].weight
        if clear and mine[0].name.casefold() not in taken:
            best.append(mine[0])
    return best


def _best_of_names(cases: Sequence[_Case]) -> list[_Case]:
    """Each name for one speaker, unless several introduced themselves by it."""
    kept: list[_Case] = []
    for name in dict.fromkeys(case.name.casefold() for case in cases):
        same = [case for case in cases if case.name.casefold() == name]
        selves = [case for case in same if case.reason == "introduced themselves"]
        if len(same) == 1 or selves:
            kept.extend(selves or same)
            continue
        same.sort(key=lambda case: case.weight, reverse=True)
        if same[0].weight > same[1].weight:
            kept.append(same[0])
    return kept
