"""What a scripted checkpoint shall write: from sentences to `after this token comes that one`.

A script is a chain of tokens in which each occurs once, so the last token says what comes next and
neither the position nor the length of a prompt matters: every engine, with or without timestamps,
previous text, hotwords or beams, reads the same text through its public interface.
"""

import math
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from hansard.errors import UsageError
from hansard.testing.checkpoint_vocabulary import Vocabulary
from hansard.transcript.spans import Seconds

TASK, TIMES = "task", "times"
"""The two facts of a prompt on which the text may depend: TASK is -1 for transcribe and +1 for
translate, TIMES -1 after `<|notimestamps|>` and else +1."""
REST = -1
"""No token: takes what remains of a probability that is spread over languages."""
NEXT = 6.0
"""How strongly a scripted token is called, in units of a token's own embedding."""
ITSELF = 0.4
"""How strongly a token calls itself again, on top of its embedding's 1."""
RUNNERS_UP = (1.3, 1.25, 1.2, 1.15, 1.1, 1.05, 1.0, 1.0, 1.0)
"""How strongly the tokens before it are called, nearest first."""
RESTART = 2.0
"""How strongly the first word is called after a token that no rule knows."""
LOGIT = 24.0
"""The logit of a token that the last hidden state points to exactly."""
HIGHEST_LANGUAGE = 14.0
"""The logit of a certain language: the other 97, near 0, then hold about 0.0001 together."""
TIMESTAMP = re.compile(r"<\|\d+\.\d\d\|>")


@dataclass(frozen=True, slots=True, kw_only=True)
class Script:
    """What a scripted checkpoint hears, whatever the sound."""

    transcribe: str
    """Its text; no word twice. `<|1.00|>` within it is written where timestamps are asked for; as
    Whisper itself, end with one, or decoders go on from the last pair."""
    translate: str | None = None
    """Its text for the task `translate`; None = the same."""
    languages: Mapping[str, float] = field(default_factory=dict)
    """Which languages it detects, and their shares; none = an English-only checkpoint."""
    seconds: Seconds = 30.0
    """Words outside timestamps are spread evenly over this much of the window."""

    @property
    def texts(self) -> tuple[str, ...]:
        """One or both texts."""
        return (self.transcribe,) if self.translate is None else (self.transcribe, self.translate)

    @property
    def words_transcribed(self) -> tuple[str, ...]:
        """The words of `transcribe`."""
        return tuple(word for word in split(self.transcribe) if not is_time(word))

    @property
    def words(self) -> tuple[str, ...]:
        """Every word that it writes."""
        return tuple(word for text in self.texts for word in split(text) if not is_time(word))


@dataclass(frozen=True, slots=True)
class Rule:
    """After `token`, where `when` holds, the hidden state is pulled towards tokens with weights."""

    token: int | None
    """None = after any."""
    when: tuple[tuple[str, int], ...]
    says: tuple[tuple[int, float], ...]


def plan_rules(script: Script, vocabulary: Vocabulary) -> tuple[Rule, ...]:
    """The rules that make up a script.

    Raises:
        UsageError: a text is empty, repeats a word, or a language is unknown.
    """
    signs = (0,) if script.translate is None else (-1, 1)
    rules: list[Rule] = []
    for sign, text in zip(signs, script.texts, strict=True):
        rules.extend(chain(split(text), vocabulary, ((TASK, sign),) if sign else ()))
    if script.languages:
        rules.append(detect(script.languages, vocabulary))
    return tuple(rules)


def split(text: str) -> list[str]:
    """Words with their punctuation, and timestamps."""
    return TIMESTAMP.sub(lambda match: f" {match[0]} ", text).split()


def is_time(word: str) -> bool:
    """Whether a part of a script is a timestamp."""
    return TIMESTAMP.fullmatch(word) is not None


def chain(
    parts: list[str], vocabulary: Vocabulary, task: tuple[tuple[str, int], ...]
) -> Iterator[Rule]:
    """The rules for one text: from the prompt's last token to the end of the text."""
    refuse_repeats(parts)
    words = [vocabulary.word(part) for part in parts if not is_time(part)]
    timed = [vocabulary.ids[part] if is_time(part) else vocabulary.word(part) for part in parts]
    if not is_time(parts[0]):
        timed.insert(0, vocabulary.special("0.00"))
    plain = follow([vocabulary.special("notimestamps"), *words, vocabulary.end])
    with_times = follow([opener(vocabulary, task), *timed, vocabulary.end])
    for token in plain | with_times:
        ways = {(TIMES, -1): plain.get(token), (TIMES, 1): with_times.get(token)}
        known = [says for says in ways.values() if says]
        if len(known) == 1 or known[0][0] == known[1][0]:
            yield Rule(token, task, (*known[0], (words[0], -RESTART)))
        else:
            for condition, says in zip(ways, known, strict=True):
                yield Rule(token, (*task, condition), (*says, (words[0], -RESTART)))
    yield Rule(None, task, ((words[0], RESTART),))


def opener(vocabulary: Vocabulary, task: tuple[tuple[str, int], ...]) -> int:
    """The last token of a prompt that asks for timestamps."""
    if not vocabulary.multilingual:
        return vocabulary.special("startoftranscript")
    return vocabulary.special("translate" if task and task[0][1] > 0 else "transcribe")


def follow(tokens: list[int]) -> dict[int, tuple[tuple[int, float], ...]]:
    """For each token but the last: the next one, and the runners-up that keep a beam search busy.

    Runners-up are the token itself and those before it: a hypothesis that strays rejoins the chain
    at once and ends a few steps after the true one. If some ended sooner, a beam search would have
    its fill of finished hypotheses, and stop, before the true one is over.
    """
    following = {}
    for place, token in enumerate(tokens[:-1]):
        before = tokens[1:place][::-1]
        runners = zip(before, RUNNERS_UP, strict=False)
        following[token] = ((tokens[place + 1], NEXT), (token, ITSELF), *runners)
    return following


def refuse_repeats(parts: list[str]) -> None:
    """A word said twice would have two successors; a text must have words."""
    if all(map(is_time, parts)):
        raise UsageError("a script without words", hint="give it at least one word to say")
    for part in parts:
        if parts.count(part) > 1:
            raise UsageError(
                f"the script says {part!r} twice", hint="each word and timestamp may occur once"
            )


def schedule(script: Script) -> tuple[Seconds, ...]:
    """The middle of each word of `transcribe`, and the end of its text, within the window."""
    middles: list[Seconds] = []
    start, group = 0.0, 0
    for part in [*split(script.transcribe), f"<|{script.seconds:.2f}|>"]:
        if not is_time(part):
            group += 1
            continue
        end = float(part.strip("<|>"))
        middles.extend(start + (end - start) * (number + 0.5) / group for number in range(group))
        start, group = end, 0
        if len(middles) == len(script.words_transcribed):
            break
    return (*middles, start)


def detect(languages: Mapping[str, float], vocabulary: Vocabulary) -> Rule:
    """The rule for the language: at the start token, logits that differ as log-probabilities do."""
    unknown = sorted(set(languages) - set(vocabulary.languages))
    if unknown or not all(0 < share <= 1 for share in languages.values()):
        raise UsageError(
            f"cannot detect {dict(languages)!r}", hint="give Whisper's codes and shares up to 1"
        )
    highest = HIGHEST_LANGUAGE
    while sum(part**2 for part in language_parts(languages, highest)) > 0.95:
        highest -= 0.25
    parts = language_parts(languages, highest)
    pull = 2 * NEXT  # so strong that the start token's own embedding hardly blurs the shares
    tokens = map(vocabulary.special, languages)
    says = [(token, pull * part) for token, part in zip(tokens, parts, strict=True)]
    rest = math.sqrt(1 - sum(part**2 for part in parts))
    return Rule(vocabulary.special("startoftranscript"), (), (*says, (REST, pull * rest)))


def language_parts(languages: Mapping[str, float], highest: float) -> list[float]:
    """Each language's part of a unit vector."""
    return [(highest + math.log(share)) / LOGIT for share in languages.values()]
