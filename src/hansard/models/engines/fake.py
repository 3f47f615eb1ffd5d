"""An engine for tests: it "hears" a script, and can be told to fail in named ways.

As the entry point `fake` it reads `script.json` from the model's folder: a list of
`{"text", "start", "end"}` words on the recording's clock. In process, give it the words.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace

import msgspec

from hansard.errors import MemoryExhaustedError, ModelDamagedError
from hansard.models.engines.options import DecodeOptions, Placement
from hansard.models.engines.protocol import Ask, EngineInfo, Hypothesis, Piece, Window
from hansard.models.hub import ModelFiles
from hansard.transcript import Word

Fault = Callable[[Window, Hypothesis, DecodeOptions], Hypothesis]
"""Changes what the engine says about a window."""

INFO = EngineInfo(
    name="fake",
    version="1",
    model="script",
    digest="",
    device="cpu",
    compute_type="none",
    languages=frozenset({"en"}),
    tasks=frozenset({"transcribe"}),
    honours=frozenset(
        {"language", "prompt", "timestamps", "beam_size", "temperature", "max_new_tokens",
         "no_repeat_ngram_size", "repetition_penalty"}
    ),
    longest=30.0,
    batch=8,
    words="align",
    punctuates=True,
    repeatable=True,
)  # fmt: skip


def no_fault(_window: Window, hypothesis: Hypothesis, _options: DecodeOptions) -> Hypothesis:
    """What the script says."""
    return hypothesis


@dataclass
class FakeEngine:
    """Hears each word of a script in the window that holds the word's middle."""

    words: Sequence[Word]
    fault: Fault = no_fault
    info: EngineInfo = INFO
    room: int | None = None
    """Windows that fit into memory at once; more raise MemoryExhaustedError."""
    asked: list[tuple[Window, Ask, DecodeOptions]] = field(default_factory=list)
    """Every decoding that was asked for, for tests to read."""
    closed: bool = False

    def encode(self, windows: Sequence[Window]) -> "FakeBatch":
        """Take windows in.

        Raises:
            MemoryExhaustedError: there are more than fit.
        """
        if self.room is not None and len(windows) > self.room:
            raise MemoryExhaustedError(f"out of memory while encoding {len(windows)} windows")
        return FakeBatch(self, tuple(windows))

    def close(self) -> None:
        """Free the script."""
        self.closed = True


@dataclass
class FakeBatch:
    """Windows that were taken in."""

    engine: FakeEngine
    windows: tuple[Window, ...]

    def detect(self) -> Sequence[Mapping[str, float]]:
        """Every language the engine knows, equally likely."""
        known = sorted(self.engine.info.languages)
        return [dict.fromkeys(known, 1 / len(known)) for _ in self.windows]

    def decode(
        self, asks: Sequence[Ask], options: DecodeOptions
    ) -> Iterator[tuple[int, Hypothesis]]:
        """What the script says in each window, as the fault changes it."""
        for ask in asks:
            window = self.windows[ask.row]
            self.engine.asked.append((window, ask, options))
            text = "".join(word.text for word in self._spoken(window))
            piece = Piece(text=text, start=window.start, end=window.end)
            heard = Hypothesis(
                pieces=(piece,) if text.strip() else (),
                language=ask.language or "en",
                avg_logprob=-0.2 if text.strip() else -1.5,
                no_speech_prob=0.0 if text.strip() else 0.9,
            )
            yield ask.row, self.engine.fault(window, heard, options)

    def align(self, said: Mapping[int, Hypothesis]) -> Mapping[int, tuple[Word, ...]]:
        """The script's times for words that were said; made-up words stand where the last one did.

        Like a real aligner, it must place every word somewhere.
        """
        timed: dict[int, tuple[Word, ...]] = {}
        for row, hypothesis in said.items():
            script = list(self._spoken(self.windows[row]))
            latest = self.windows[row].start
            words: list[Word] = []
            for text in _split(hypothesis.text):
                found = next((w for w in script if w.text.strip() == text.strip()), None)
                if found is not None:
                    del script[: script.index(found) + 1]
                    words.append(replace(found, text=text, method="script"))
                else:
                    words.append(Word(text=text, start=latest, end=latest, probability=0.1))
                latest = words[-1].end
            timed[row] = tuple(words)
        return timed

    def close(self) -> None:
        """Nothing is held."""

    def _spoken(self, window: Window) -> Iterator[Word]:
        for word in self.engine.words:
            if window.start <= (word.start + word.end) / 2 < window.end:
                yield word


def _split(text: str) -> list[str]:
    return [" " + word for word in text.split()]


@dataclass(frozen=True, slots=True)
class FakeSpec:
    """The entry point of this engine."""

    name: str = "fake"
    needs: tuple[str, ...] = ()
    extra: str | None = None

    def memory(self, files: ModelFiles, place: Placement) -> int:  # noqa: ARG002 - the protocol's
        """A script weighs what it weighs on disk."""
        return files.size

    def load(self, files: ModelFiles, place: Placement) -> FakeEngine:
        """Read the script.

        Raises:
            ModelDamagedError: there is none, or it is not a list of words.
        """
        try:
            script = msgspec.json.decode((files.path / "script.json").read_bytes(), type=list[Word])
        except (OSError, msgspec.MsgspecError) as error:
            raise ModelDamagedError(f"no script at {str(files.path)!r}: {error}") from error
        return FakeEngine(script, info=replace(INFO, model=files.name, batch=place.batch))


SPEC = FakeSpec()
