"""What times misheard words: the recogniser's attention or another aligner, lent and asked."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass, replace
from typing import Any, Protocol

from hansard.audio import Sound
from hansard.errors import Cancelled
from hansard.pipeline import Advanced, Staged
from hansard.pipeline.anchoring import Laid, Resembles, accept, plan_stretches
from hansard.pipeline.attention import Attention
from hansard.transcript import Seconds, Span, Word
from hansard.transcript.diff import edit_script
from hansard.work.diarise import find_speech
from hansard.work.lending import Workshop
from hansard.work.options import TranscribeOptions
from hansard.work.wires import Wires

LONGEST: Seconds = 20.0
"""The longest stretch that is given to an aligner at once."""


class Placer(Protocol):
    """Times words that are known: an aligner, or the recogniser's attention."""

    def align(
        self, sound: Sound, span: Span, words: Sequence[str], language: str | None
    ) -> tuple[Word | None, ...]:
        """When each of the words was said; None for one that cannot be found."""
        ...


@dataclass(frozen=True, slots=True)
class Bench:
    """What a stretch of a recording is aligned with."""

    sound: Sound
    placer: Placer
    find_speech: Callable[[Sound], tuple[Span, ...]]
    longest: Seconds
    language: str | None
    wires: Wires
    versions: Mapping[str, Any]


@contextmanager
def lend_bench(
    sound: Sound,
    options: TranscribeOptions,
    workshop: Workshop,
    wires: Wires,
    language: str | None,
) -> Iterator[Bench]:
    """The means for a recording, for as long as the block lasts.

    Raises:
        ModelError: a model cannot be had.
        EngineError: it cannot be loaded.
    """
    with workshop.lend(options, LONGEST) as lent:
        engine = lent.tools.engine
        longest = min(LONGEST, engine.info.longest or LONGEST)

        def listen(clip: Sound) -> tuple[Span, ...]:
            return find_speech(clip, lent.tools.detector, options, wires.cancelled)

        if options.align == "engine":
            placer = Attention(engine)
            yield Bench(sound, placer, listen, longest, language, wires, lent.versions)
            return
        with workshop.lend_aligner(options) as aligner:
            versions = {**lent.versions, "alignment": asdict(aligner.info)}
            yield Bench(sound, aligner, listen, LONGEST, language, wires, versions)


def force(laid: Laid, bounds: Span, speech: Sequence[Span], bench: Bench, alike: Resembles) -> Laid:
    """Time what was misheard, from the text.

    Raises:
        EngineError: the aligner failed.
        Cancelled: the caller asked to stop.
    """
    stretches = plan_stretches(laid, bounds, speech, bench.longest, alike)
    if stretches:
        bench.wires.on_event(Staged("timing misheard words"))
    words = list(laid.words)
    for number, stretch in enumerate(stretches):
        if bench.wires.cancelled():
            raise Cancelled
        span = Span(max(stretch.span.start, bounds.start), min(stretch.span.end, bounds.end))
        texts = [laid.given[n].text for n in stretch.words]
        found = bench.placer.align(bench.sound, span, texts, bench.language)
        for place_of, word in accept(laid, stretch, found, speech).items():
            words[place_of] = word
        bench.wires.on_event(Advanced((number + 1) / len(stretches)))
    return replace(laid, words=tuple(words))


def resembles(one: str, other: str) -> float:
    """The share of letters that two texts have in common, in order, 0 to 1."""
    return edit_script(one, other).count("=") / max(len(one), len(other), 1)


def trusted(_one: str, _other: str) -> float:
    """Whoever corrects a line has listened: anything may have been misheard."""
    return 1.0
