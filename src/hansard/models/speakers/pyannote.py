"""Speakers by pyannote.audio's own pipeline (the extra `pyannote`, with torch).

It takes a folder, or a repository at the hub that its owner shares with those who accept the terms
(`pyannote/speaker-diarization-community-1`). Sound is handed over as a tensor, so torchcodec is not
needed; the whole recording is in memory, 230 MB for each hour.
"""

import contextlib
import hashlib
import io
import logging
import os
import warnings
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from importlib.metadata import version
from pathlib import Path
from typing import Any

import numpy as np

from hansard.audio import SAMPLE_RATE, Sound
from hansard.errors import (
    Cancelled,
    EngineError,
    HansardError,
    HubUnreachableError,
    ModelDamagedError,
    ModelNotFoundError,
    ModelNotHereError,
    VoiceError,
)
from hansard.models.hub.options import real_token
from hansard.models.speakers.options import SpeakerOptions
from hansard.models.speakers.protocol import (
    Diarisation,
    Embedding,
    SpeakerEngineInfo,
    SpeakerFiles,
    Voice,
    Watch,
)
from hansard.models.speakers.turns import Stretch, name, turns_of
from hansard.transcript import Seconds, Span, Turn
from hansard.transcript.spans import merge, subtract, total

logger = logging.getLogger(__name__)

THRESHOLD = 0.4
"""As for the same embedding model in the engine `onnx`."""
METHOD = "pyannote 1"
ENOUGH: Seconds = 1.0
"""The least speech that a voice can be learnt from."""
LONGEST: Seconds = 60.0
_MEMORY = 1_500_000_000
"""Bytes that torch, the pipeline and an hour of sound take."""
_SHARES = {"segmentation": (0.0, 0.4), "embeddings": (0.4, 0.95)}
"""Which part of the work the pipeline's long steps are."""


@dataclass(frozen=True, slots=True)
class PyannoteSpec:
    """The engine, unloaded."""

    name: str = "pyannote"
    needs: tuple[str, ...] = ("pyannote", "torch")
    extra: str | None = "pyannote"
    roles: Mapping[str, str] = field(default_factory=dict)

    def memory(self, files: SpeakerFiles) -> int:  # noqa: ARG002 - its models are all alike
        """About how many bytes it takes."""
        return _MEMORY

    def load(self, files: SpeakerFiles) -> "PyannoteSpeakers":
        """Find or fetch the pipeline, and load it.

        Raises:
            ModelError: it cannot be had; `ModelGatedError` where its owner asks for consent.
            ModelDamagedError: its files cannot be loaded.
        """
        folder = find_pipeline(files)
        return PyannoteSpeakers(_load(folder, files), files.source, _digest(folder))


SPEC = PyannoteSpec()


@dataclass(frozen=True, slots=True)
class Place:
    """Where a pipeline comes from, and where it is kept; None = as the hub client has it."""

    endpoint: str | None = None
    cache: Path | None = None


def find_pipeline(files: SpeakerFiles, place: Place = Place()) -> Path:
    """The folder of the pipeline: the user's own, or the hub's as it is kept on this machine.

    Raises:
        ModelGatedError: its owner asks for consent, or the token is refused.
        ModelNotHereError: offline is set, and it was never fetched.
        ModelError: it cannot be had for another reason.
    """
    folder = Path(files.source).expanduser()
    if files.source and folder.is_dir():
        return folder
    if not files.source or folder.is_absolute() or files.source.count("/") != 1:
        raise ModelNotFoundError(
            f"there is no pyannote pipeline {files.source!r}",
            hint="set pyannote_model to a folder with a config.yaml, or to owner/repository",
        )
    return _fetch(files, place)


def _fetch(files: SpeakerFiles, place: Place) -> Path:
    """The repository's files, from this machine or from the hub."""
    from huggingface_hub import snapshot_download
    from huggingface_hub.errors import LocalEntryNotFoundError

    from hansard.models.hub import refusals

    repo, token = files.source, real_token(files.token)
    try:
        folder = snapshot_download(
            repo,
            token=token or False,
            endpoint=place.endpoint,
            cache_dir=place.cache,
            local_files_only=files.offline,
        )
    except LocalEntryNotFoundError as error:
        if files.offline:
            raise ModelNotHereError(
                f"the pyannote pipeline {repo!r} is not on this machine, and offline forbids to "
                "fetch it",
                hint="fetch it once without offline, or set pyannote_model to a folder that "
                "holds it",
            ) from error
        raise _unreachable(repo) from error
    except refusals.CAUGHT as error:
        raise refusals.explain(error, repo, None, token=token is not None) from error
    return Path(folder)


def _unreachable(repo: str) -> HubUnreachableError:
    return HubUnreachableError(
        f"the model hub cannot be reached for {repo!r}",
        hint="try again when the network is back, or set pyannote_model to a folder",
    )


def _load(folder: Path, files: SpeakerFiles) -> Any:
    """The pipeline, on the CPU.

    Raises:
        ModelDamagedError: it cannot be made from these files.
    """
    # pyannote reports its use to its maker unless this is set before its import.
    os.environ["PYANNOTE_METRICS_ENABLED"] = "false"  # noqa: TID251 - not a setting of ours
    with _quiet():
        import torch
        from pyannote.audio import Pipeline

        torch.set_num_threads(max(1, files.threads))
        try:
            pipeline = Pipeline.from_pretrained(folder)
        except Exception as error:  # whatever several libraries make of a stranger's files
            raise _damaged(folder, str(error).partition("\n")[0]) from error
    if pipeline is None:
        raise _damaged(folder, "pyannote makes nothing of it")
    return pipeline


@contextlib.contextmanager
def _quiet() -> Iterator[None]:
    """Keep what the library prints and warns of while it loads out of results and logs."""
    said = io.StringIO()
    with _unwarned(), contextlib.redirect_stdout(said):
        yield
    if said.getvalue():
        logger.debug("pyannote said: %s", said.getvalue())


@contextlib.contextmanager
def _unwarned() -> Iterator[None]:
    """Without the library's warnings, which are for its developers."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        yield


def _damaged(folder: Path, what: str) -> ModelDamagedError:
    return ModelDamagedError(
        f"the pyannote pipeline in {str(folder)!r} cannot be loaded: {what}",
        hint="it must be a pipeline of pyannote.audio 4, e.g. "
        "pyannote/speaker-diarization-community-1",
    )


def _digest(folder: Path) -> str:
    """SHA-256 of the method and of the embedding model; of all files where it has no folder."""
    below = folder / "embedding"
    digest = hashlib.sha256(METHOD.encode())
    for path in sorted((below if below.is_dir() else folder).rglob("*")):
        if path.is_file():
            digest.update(hashlib.sha256(path.read_bytes()).digest())
    return digest.hexdigest()


class PyannoteSpeakers:
    """pyannote's pipeline, loaded; for one thread at a time."""

    def __init__(self, pipeline: Any, model: str, digest: str) -> None:
        self._pipeline = pipeline
        self.info = SpeakerEngineInfo(
            name="pyannote",
            version=f"pyannote.audio {version('pyannote.audio')}",
            model=model,
            digest=digest,
            threshold=THRESHOLD,
            overlaps=True,
        )

    def close(self) -> None:
        """Nothing is held open: the models go with the object."""

    def diarise(
        self, sound: Sound, speech: Sequence[Span], options: SpeakerOptions, watch: Watch
    ) -> Diarisation:
        """Who spoke when.

        Raises:
            UsageError: no number of speakers can satisfy the options.
            EngineError: the pipeline failed.
            Cancelled: the caller asked to stop.
        """
        from hansard.models.speakers.clustering import Wanted

        Wanted.of(options)
        if not speech:
            watch.on_progress(1.0)
            return Diarisation(turns=(), voices=())
        counts = {
            key: value
            for key in ("num_speakers", "min_speakers", "max_speakers")
            if (value := getattr(options, key)) is not None
        }
        output = self._run(sound, counts, watch)
        annotation = getattr(output, "speaker_diarization", output)
        embeddings = getattr(output, "speaker_embeddings", None)
        labels: list[str] = list(annotation.labels())
        stretches = sorted(
            (
                Stretch(labels.index(label), sound.start + part.start, sound.start + part.end)
                for part, _, label in annotation.itertracks(yield_label=True)
            ),
            key=lambda stretch: (stretch.start, stretch.end),
        )
        turns = turns_of(stretches)
        heard = list(dict.fromkeys(stretch.label for stretch in stretches))
        voices = _voices(turns, heard, embeddings)
        watch.on_progress(1.0)
        return Diarisation(turns=turns, voices=voices, notes=_notes(options, len(heard)))

    def embed(self, sound: Sound, spans: Sequence[Span]) -> Embedding:
        """One voice from stretches in which only that voice speaks.

        Raises:
            VoiceError: there is too little speech, or nothing like a voice in them.
            EngineError: the model failed.
        """
        pieces = [sound.read(*span) for span in merge(spans)]
        samples = np.concatenate([np.zeros(0, dtype=np.float32), *pieces])
        samples = samples[: int(LONGEST * SAMPLE_RATE)]
        if len(samples) < ENOUGH * SAMPLE_RATE or not samples.any():
            raise VoiceError(
                f"{len(samples) / SAMPLE_RATE:.1f} s of sound is too little to learn a voice from",
                hint=f"give at least {ENOUGH:g} s, better 10 s, in which one person speaks",
            )
        import torch

        with _unwarned(), _failing():
            made = self._pipeline._embedding(torch.from_numpy(samples)[None, None])  # noqa: SLF001
        embedding = _unit(np.asarray(made)[0])
        if embedding is None:
            raise VoiceError("there is nothing like a voice in this sound")
        return embedding

    def _run(self, sound: Sound, counts: Mapping[str, int], watch: Watch) -> Any:
        import torch

        def hook(step: str, *_: Any, completed: int = 0, total: int = 0, **__: Any) -> None:
            if watch.cancelled():
                raise Cancelled
            begin, end = _SHARES.get(step, (0.0, 0.0))
            if total:
                watch.on_progress(begin + (end - begin) * min(1.0, completed / total))

        waveform = torch.from_numpy(sound.read(sound.start, sound.end))[None]
        file = {"waveform": waveform, "sample_rate": SAMPLE_RATE}
        with _unwarned(), _failing():
            return self._pipeline(file, hook=hook, **counts)


@contextlib.contextmanager
def _failing() -> Iterator[None]:
    """Turn whatever the pipeline raises into our error."""
    try:
        yield
    except (HansardError, MemoryError):
        raise
    except Exception as error:
        raise EngineError(f"pyannote's pipeline failed: {error}") from error


def _voices(turns: Sequence[Turn], heard: Sequence[int], embeddings: Any) -> tuple[Voice, ...]:
    """The voices that the pipeline knows; `heard` are its labels in order of start."""
    voices = []
    for index, label in enumerate(heard):
        known = embeddings is not None and label < len(embeddings)
        embedding = _unit(np.asarray(embeddings[label])) if known else None
        if embedding is None:
            continue
        said = merge(Span(t.start, t.end) for t in turns if t.speaker == name(index))
        rest = merge(Span(t.start, t.end) for t in turns if t.speaker != name(index))
        seconds = total(subtract(said, rest))
        voices.append(Voice(speaker=name(index), embedding=embedding, seconds=seconds))
    return tuple(voices)


def _unit(vector: "np.ndarray[Any, Any]") -> Embedding | None:
    """The vector at length 1; None where it has no direction."""
    values = np.asarray(vector, dtype=np.float64).ravel()
    length = float(np.linalg.norm(values))
    if not np.isfinite(length) or length < 1e-9:
        return None
    return tuple((values / length).tolist())


def _notes(options: SpeakerOptions, found: int) -> tuple[str, ...]:
    """That fewer voices were found than were asked for."""
    wanted = options.num_speakers
    if wanted is None or found >= wanted:
        return ()
    return (f"{wanted} speakers were asked for, and pyannote heard {found}",)
