"""Sentences that the demo model can know: those of the samples, and more of their kind."""

import json
import random
import re
from collections.abc import Mapping
from importlib.resources import files
from types import MappingProxyType
from typing import Final

_TEMPLATES: Final = (
    "Today we are talking about {topic} with {name}.",
    "What do you think about {topic}, {name}?",
    "I think {thing} is almost ready, but we still have to {verb} it.",
    "{name}, could you please {verb} {thing} by {day}?",
    "Okay, I will {verb} {thing} before {day} at {hour}.",
    "I agree with {name}, we should {verb} {thing} first.",
    "We need {number} more {unit} to {verb} {thing}.",
    "It took {number} {unit} to {verb} {thing}.",
    "The action item for {name} is to {verb} {thing}.",
    "We decided to {verb} {thing} on {day}.",
    "The problem is that {thing} was not ready on {day}.",
    "Let's move on to the next topic, which is {thing}.",
    "Do we have any questions about {thing}?",
    "Last week we had {number} {count}, and this week we had {number}.",
    "That sounds good to me, thanks {name}.",
    "I will send {thing} to the support team on {day}.",
    "The meeting is on {day} at nine thirty.",
    "Thank you for listening to this episode about {topic}.",
)

_CHOICES: Final[Mapping[str, tuple[str, ...]]] = MappingProxyType(
    {
        "name": ("Maria", "David", "Emma", "Laura", "Peter", "Grace"),
        "topic": ("speech recognition", "machine learning", "language models"),
        "thing": (
            *("the release", "the budget", "the design review", "the test results"),
            *("the data pipeline", "the summary", "the transcript", "the training plan"),
            *("the recording", "the search page", "the customer report"),
        ),
        "verb": (
            *("check", "share", "publish", "prepare", "test", "update", "review", "send"),
            "finish",
        ),
        "day": ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"),
        "hour": ("noon", "three o'clock", "nine thirty"),
        "number": ("two", "three", "five", "nine", "ten", "twelve", "thirty", "forty", "fifty"),
        "unit": ("hours", "days", "weeks"),
        "count": ("errors", "requests"),
    }
)


def sample_sentences() -> tuple[str, ...]:
    """Every sentence of the bundled samples."""
    found: list[str] = []
    folder = files("hansard") / "data" / "samples"
    for path in sorted(folder.iterdir(), key=lambda path: path.name):
        if path.name.endswith(".json"):
            segments = json.loads(path.read_text(encoding="utf-8"))["segments"]
            for segment in segments:
                found += re.split(r"(?<=[.?!]) ", segment["text"])
    return tuple(dict.fromkeys(found))


def demo_sentences(count: int, seed: int = 0) -> tuple[str, ...]:
    """`count` sentences in the words of the samples: theirs, and as many new ones as it takes.

    They come in an order that the seed decides. At most a few thousand exist.
    """
    dice = random.Random(f"sentences {seed}")
    found = dict.fromkeys(sample_sentences())
    while len(found) < count:
        found[_fill(dice.choice(_TEMPLATES), dice)] = None
    sentences = list(found)
    dice.shuffle(sentences)
    return tuple(sentences[:count])


def _fill(template: str, dice: random.Random) -> str:
    return re.sub(r"\{(\w+)\}", lambda place: dice.choice(_CHOICES[place[1]]), template)
