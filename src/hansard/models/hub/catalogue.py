"""The models that have a name of their own. Pure data; it holds no hashes, the hub has those."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Literal

from hansard.models.hub.files import Layout

Kind = Literal["speech", "segmentation", "voices", "aligner", "language"]
"""What a model is for: writing down speech, hearing where one or several people speak, telling one
voice from another, timing the words of a text, or writing about a text. The last kind has no
entries: which language model suits is the operator's choice."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """A model that can be asked for by a short name."""

    names: tuple[str, ...]
    """Its name, then others that mean the same."""
    repos: Mapping[Layout, str]
    """Where it lies at the hub, by layout; none where it comes with Hansard."""
    parameters: int
    """Roughly, in millions."""
    download: int
    """Roughly, in megabytes, of the layout that is fetched as a rule."""
    kind: Kind = "speech"
    file: str | None = None
    """Which file of the repository has the weights, where it holds those of many models."""
    folder: str = ""
    """Where a bundled one lies below the package's data."""
    licence: str | None = None
    """What its owner asks of those who use it, where that is more than to be named."""
    multilingual: bool = True
    translates: bool = True
    """Whether it can turn other languages into English text."""
    conditions: bool = True
    """False where text from before leads it astray."""
    bundled: bool = False
    """Whether it comes inside the package, so that it is always here."""

    @property
    def name(self) -> str:
        """The name it is listed under."""
        return self.names[0]

    @property
    def layout(self) -> Layout:
        """The layout that it is kept in as a rule."""
        return "ctranslate2" if self.kind == "speech" else "onnx"

    @property
    def layouts(self) -> frozenset[Layout]:
        """Every layout that it can be had in."""
        if self.bundled:
            return frozenset(
                ("ctranslate2", "transformers") if self.kind == "speech" else ("onnx",)
            )
        return frozenset(self.repos)


def _whisper(*names: str, size: tuple[int, int], repo: str = "", ct2: str = "") -> Entry:
    """One of OpenAI's models, `size` in millions of parameters and megabytes."""
    english = names[0].endswith(".en")
    return Entry(
        names=names,
        repos={
            "ctranslate2": ct2 or f"Systran/faster-whisper-{names[0]}",
            "transformers": f"openai/whisper-{repo or names[0]}",
        },
        parameters=size[0],
        download=size[1],
        multilingual=not english,
        translates=not english and "turbo" not in names[0],
    )


def _distil(name: str, *, size: tuple[int, int], ct2: str = "") -> Entry:
    """One of the distilled models: English only, and text from before leads them astray."""
    return Entry(
        names=(f"distil-{name}",),
        repos={
            "ctranslate2": ct2 or f"Systran/faster-distil-whisper-{name}",
            "transformers": f"distil-whisper/distil-{name}",
        },
        parameters=size[0],
        download=size[1],
        multilingual=False,
        translates=False,
        conditions=False,
    )


def _other(
    name: str,
    kind: Kind,
    *,
    size: tuple[int, int],
    repos: Mapping[Layout, str] | None = None,
    file: str | None = None,
    licence: str | None = None,
) -> Entry:
    """A model that does not write down speech; without `repos` it comes with Hansard."""
    return Entry(
        names=(name,),
        repos=repos or {},
        parameters=size[0],
        download=size[1],
        kind=kind,
        file=file,
        folder=_BUNDLED.get(name, ""),
        licence=licence,
        translates=False,
        bundled=repos is None,
    )


_BUNDLED = {
    "demo-segmentation": "demo-speakers/segmentation",
    "demo-voices": "demo-speakers/voices",
    "demo-aligner": "demo-aligner",
}
"""Where bundled models lie below the package's data."""

_TURBO = "mobiuslabsgmbh/faster-whisper-large-v3-turbo"

CATALOGUE: tuple[Entry, ...] = (
    Entry(
        names=("demo",),
        repos={},
        parameters=5,
        download=0,
        multilingual=False,
        translates=False,
        conditions=False,
        bundled=True,
        folder="demo",
    ),
    _whisper("tiny", size=(39, 78)),
    _whisper("tiny.en", size=(39, 78)),
    _whisper("base", size=(74, 148)),
    _whisper("base.en", size=(74, 148)),
    _whisper("small", size=(244, 486)),
    _whisper("small.en", size=(244, 486)),
    _whisper("medium", size=(769, 1530)),
    _whisper("medium.en", size=(769, 1530)),
    _whisper("large-v1", size=(1550, 3090), repo="large"),
    _whisper("large-v2", size=(1550, 3090)),
    _whisper("large-v3", "large", size=(1550, 3090)),
    _whisper("large-v3-turbo", "turbo", size=(809, 1620), ct2=_TURBO),
    _distil("small.en", size=(166, 335)),
    _distil("medium.en", size=(394, 790)),
    _distil("large-v2", size=(756, 1515)),
    _distil("large-v3", size=(756, 1515)),
    _distil("large-v3.5", size=(756, 1515), ct2="distil-whisper/distil-large-v3.5-ct2"),
    Entry(
        names=("erax-wow-turbo",),
        repos={
            "ctranslate2": "erax-ai/EraX-WoW-Turbo-V1.1-CT2",
            "transformers": "erax-ai/EraX-WoW-Turbo-V1.1",
        },
        parameters=809,
        download=1620,
        translates=False,
    ),
)
"""Models that write down speech."""

OTHERS: tuple[Entry, ...] = (
    _other("demo-segmentation", "segmentation", size=(1, 0)),
    _other("demo-voices", "voices", size=(1, 0)),
    _other("demo-aligner", "aligner", size=(1, 0)),
    _other(
        "pyannote-segmentation-3",
        "segmentation",
        size=(2, 6),
        repos={"onnx": "csukuangfj/sherpa-onnx-pyannote-segmentation-3-0"},
        licence="MIT",
    ),
    _other(
        "wespeaker-resnet34",
        "voices",
        size=(7, 27),
        repos={"onnx": "csukuangfj/speaker-embedding-models"},
        file="wespeaker_en_voxceleb_resnet34_LM.onnx",
        licence="CC-BY-4.0",
    ),
    _other(
        "mms-aligner",
        "aligner",
        size=(315, 1262),
        repos={
            "onnx": "onnx-community/mms-300m-1130-forced-aligner-ONNX",
            "transformers": "MahmoudAshraf/mms-300m-1130-forced-aligner",
        },
        file="onnx/model.onnx",
        licence="CC-BY-NC-4.0: not for commercial use",
    ),
    _other(
        "wav2vec2-en",
        "aligner",
        size=(95, 378),
        repos={
            "onnx": "onnx-community/wav2vec2-base-960h-ONNX",
            "transformers": "facebook/wav2vec2-base-960h",
        },
        file="onnx/model.onnx",
        licence="Apache-2.0",
    ),
)
"""Models that hear who speaks, or when a word is said."""


def named(name: str) -> Entry | None:
    """The entry of this name, whatever its case."""
    wanted = name.casefold()
    return next((entry for entry in (*CATALOGUE, *OTHERS) if wanted in entry.names), None)


def of_repo(repo: str) -> Entry | None:
    """The entry that lies in this repository, whatever its case."""
    wanted = repo.casefold()
    for entry in (*CATALOGUE, *OTHERS):
        if any(wanted == known.casefold() for known in entry.repos.values()):
            return entry
    return None


def all_names() -> Iterator[str]:
    """Every name in the catalogue."""
    for entry in (*CATALOGUE, *OTHERS):
        yield from entry.names
