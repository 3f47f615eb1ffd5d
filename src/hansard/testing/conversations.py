"""Conversations with exact references: who spoke when, and when each word was said.

    plan ─ cast (voices, rooms) ─ utterance by utterance: who, what, when ─ speak ─ mix ─ WAV

Everything follows from the plan: the same plan makes the same file, byte for byte, wherever
the same espeak-ng is. The sound goes to the disk as it is made, so length costs no memory.
"""

import random
from collections.abc import Mapping
from contextlib import ExitStack
from dataclasses import dataclass, field, replace
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING, Final

import numpy as np

from hansard.audio import SAMPLE_RATE
from hansard.errors import UsageError
from hansard.testing.conversation_mix import Mixer, Room, make_room
from hansard.testing.conversation_texts import demo_sentences
from hansard.testing.conversation_voices import DEV_VOICES, TEST_VOICES, choose_voices
from hansard.testing.espeak import EspeakVoice, FliteVoice, Spoken, Synthesiser, Voice, can_speak
from hansard.transcript import Seconds, Segment, Turn, Word

if TYPE_CHECKING:
    from numpy.typing import NDArray

__all__ = [
    "DEV_VOICES",
    "TEST_VOICES",
    "Conversation",
    "ConversationPlan",
    "EspeakVoice",
    "FliteVoice",
    "Voice",
    "can_speak",
    "choose_voices",
    "demo_sentences",
    "make_conversation",
]

_UTTERANCE: Final = 5.0
"""About how many seconds an utterance with its pause takes."""
_LAP: Final = (0.3, 1.5)
"""Seconds that an overlapped utterance begins before the one before it ends."""
_OWN_PAUSE: Final = 0.1
"""Seconds at least between two utterances of one speaker."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ConversationPlan:
    """What to make."""

    seed: int = 0
    speakers: int = 2
    """1 to 20."""
    minutes: float = 1.0
    """0.2 to 60; it becomes longer where not everybody had a turn by then."""
    overlap: float = 0.0
    """The share of utterances that begin before the one before them ends, 0 to 0.9."""
    stay: float = 0.2
    """How often the same speaker goes on after a pause, 0 to 0.9."""
    pauses: tuple[Seconds, Seconds] = (0.2, 1.5)
    noise: float | None = 30.0
    """How far the noise of the room lies below the speech, in decibels; None = no noise."""
    reverberation: Seconds = 0.0
    """How long the room takes to fall silent by 60 dB; 0 = none."""
    variation: float = 0.0
    """By what share voices are made faster and higher, or slower and lower; 0 to 0.2."""
    channels: bool = False
    """One channel for each speaker; otherwise all are on one."""
    voices: tuple[Voice, ...] = DEV_VOICES
    """To choose from."""
    sentences: tuple[str, ...] = ()
    """What is said, in random order; empty = what the demo model can know."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Conversation:
    """A recording, and all that is true about it."""

    path: Path
    """A WAV file of 16 kHz and 16 bits."""
    duration: Seconds
    turns: tuple[Turn, ...]
    """One for each utterance, from its first to its last sound, in order of their start."""
    segments: tuple[Segment, ...]
    """The same with what was said."""
    words: tuple[Word, ...]
    """In order of their start; left out are those of flite's voices, and about 1 in 300 of
    espeak-ng's, whose times nobody knows."""
    said: Mapping[str, str]
    """What each speaker said."""
    voices: Mapping[str, Voice]


def make_conversation(plan: ConversationPlan, folder: Path) -> Conversation:
    """Make a conversation in a new file in `folder`, named by the plan.

    Raises:
        UsageError: the plan cannot be carried out.
        HansardError: espeak-ng, or flite, is not installed.
    """
    _check(plan)
    path = folder / f"conversation-{plan.speakers}-{plan.minutes:g}min-{plan.seed}.wav"
    noise = 0.0 if plan.noise is None else 10 ** (-plan.noise / 20)
    with ExitStack() as stack:
        synthesiser = stack.enter_context(Synthesiser())
        channels = plan.speakers if plan.channels else 1
        mixer = stack.enter_context(Mixer(path, channels, noise, plan.seed))
        stage = _Stage(plan, synthesiser, mixer)
        while stage.goes_on():
            stage.play()
        return stage.finish(path)


def _check(plan: ConversationPlan) -> None:
    problems = {
        "speakers are 1 to 20": not 1 <= plan.speakers <= 20,
        "minutes are 0.2 to 60": not 0.2 <= plan.minutes <= 60,
        "one speaker cannot overlap": plan.speakers == 1 and plan.overlap > 0,
        "overlap is 0 to 0.9": not 0 <= plan.overlap <= 0.9,
        "stay is 0 to 0.9": not 0 <= plan.stay <= 0.9,
        "variation is 0 to 0.2": not 0 <= plan.variation <= 0.2,
    }
    for problem, present in problems.items():
        if present:
            raise UsageError(f"no conversation can be made of {plan!r}", hint=problem)


@dataclass(frozen=True, slots=True)
class _Actor:
    name: str
    channel: int
    voice: Voice
    speed: float
    gain: float
    room: Room | None


@dataclass(slots=True)
class _Record:
    """What has been true so far."""

    turns: list[Turn] = field(default_factory=list)
    segments: list[Segment] = field(default_factory=list)
    said: dict[str, list[str]] = field(default_factory=dict)


class _Stage:
    """Who says what when: one utterance at a time."""

    def __init__(self, plan: ConversationPlan, synthesiser: Synthesiser, mixer: Mixer) -> None:
        self._plan = plan
        self._synthesiser = synthesiser
        self._mixer = mixer
        self._dice = random.Random(f"conversation {plan.seed}")
        self._actors = _cast(plan, self._dice)
        self._sentences = plan.sentences or demo_sentences(600, plan.seed)
        self._deck: list[str] = []
        self._record = _Record()

    def goes_on(self) -> bool:
        """Until the time is over and everybody has had a turn."""
        everybody = len(self._record.said) == len(self._actors)
        return not everybody or self._end < self._plan.minutes * 60

    def play(self) -> None:
        """One utterance."""
        laps = bool(self._record.turns) and self._dice.random() < self._plan.overlap
        actor = self._pick(laps)
        text = self._draw()
        spoken = self._synthesiser.speak(text, actor.voice, speed=actor.speed)
        start = self._place(actor, len(spoken.samples) / SAMPLE_RATE, laps)
        first = round(start * SAMPLE_RATE)
        self._mixer.add(actor.channel, first, _sound(spoken, actor))
        # nobody begins before the utterance that came last
        self._mixer.write(first)
        self._note(actor, text, spoken, first / SAMPLE_RATE)

    def finish(self, path: Path) -> Conversation:
        """The end of the file, and what it holds."""
        samples = self._mixer.finish(round((self._end + 0.5) * SAMPLE_RATE))
        record = self._record
        words = [word for segment in record.segments for word in segment.words]
        return Conversation(
            path=path,
            duration=samples / SAMPLE_RATE,
            turns=tuple(record.turns),
            segments=tuple(record.segments),
            words=tuple(sorted(words, key=lambda word: word.start)),
            said=MappingProxyType({name: " ".join(said) for name, said in record.said.items()}),
            voices=MappingProxyType({actor.name: actor.voice for actor in self._actors}),
        )

    @property
    def _end(self) -> Seconds:
        return max((turn.end for turn in self._record.turns), default=0.0)

    def _pick(self, laps: bool) -> _Actor:
        """Who speaks next: whoever was never heard, where time runs out for it."""
        last = self._record.turns[-1].speaker if self._record.turns else None
        unheard = [actor for actor in self._actors if actor.name not in self._record.said]
        if unheard and self._end + _UTTERANCE * (len(unheard) + 1) > self._plan.minutes * 60:
            return self._dice.choice(unheard)
        if last is not None and not laps and self._dice.random() < self._plan.stay:
            return next(actor for actor in self._actors if actor.name == last)
        others = [actor for actor in self._actors if actor.name != last] or self._actors
        return self._dice.choice(others)

    def _draw(self) -> str:
        """A sentence that was not said for as long as possible."""
        if not self._deck:
            self._deck = self._dice.sample(self._sentences, len(self._sentences))
        return self._deck.pop()

    def _place(self, actor: _Actor, length: Seconds, laps: bool) -> Seconds:
        """When it begins."""
        own = [turn.end for turn in self._record.turns if turn.speaker == actor.name]
        free = own[-1] + _OWN_PAUSE if own else 0.0
        if not laps:
            return self._end + self._dice.uniform(*self._plan.pauses)
        last = self._record.turns[-1]
        longest = min(length, last.end - last.start) / 2
        lap = min(self._dice.uniform(*_LAP), longest)
        return max(last.end - lap, free)

    def _note(self, actor: _Actor, text: str, spoken: Spoken, start: Seconds) -> None:
        record = self._record
        end = start + len(spoken.samples) / SAMPLE_RATE
        record.turns.append(Turn(speaker=actor.name, start=start, end=end))
        record.said.setdefault(actor.name, []).append(text)
        words = [
            replace(
                word,
                start=start + word.start,
                end=start + word.end,
                speakers=(actor.name,),
            )
            for word in spoken.words
        ]
        record.segments.append(
            Segment(
                id=len(record.segments),
                text=text,
                start=start,
                end=end,
                words=tuple(words),
                speaker=actor.name,
            )
        )


def _cast(plan: ConversationPlan, dice: random.Random) -> list[_Actor]:
    """Speakers with their voices, levels and places in the room."""
    voices = choose_voices(plan.voices, plan.speakers, plan.seed)
    return [
        _Actor(
            name=f"S{number + 1:02}",
            channel=number if plan.channels else 0,
            voice=voice,
            speed=1 + dice.uniform(-plan.variation, plan.variation),
            gain=10 ** (dice.uniform(-3, 3) / 20),
            room=make_room(plan.reverberation, f"{plan.seed} {number}"),
        )
        for number, voice in enumerate(voices)
    ]


def _sound(spoken: Spoken, actor: _Actor) -> "NDArray[np.float32]":
    """What is heard of it in the room, at the speaker's level."""
    level = float(np.sqrt(np.mean(spoken.samples**2))) if len(spoken.samples) else 1.0
    sound = spoken.samples * np.float32(actor.gain / max(level, 1e-6))
    return sound if actor.room is None else actor.room.fill(sound)
