"""The models that have a name of their own. Pure data; it holds no hashes, the hub has those."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from hansard.models.hub.files import Layout


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
    """Roughly, in megabytes, of the CTranslate2 layout."""
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


def named(name: str) -> Entry | None:
    """The entry of this name, whatever its case."""
    wanted = name.casefold()
    return next((entry for entry in CATALOGUE if wanted in entry.names), None)


def of_repo(repo: str) -> Entry | None:
    """The entry that lies in this repository, whatever its case."""
    wanted = repo.casefold()
    for entry in CATALOGUE:
        if any(wanted == known.casefold() for known in entry.repos.values()):
            return entry
    return None


def all_names() -> Iterator[str]:
    """Every name in the catalogue."""
    for entry in CATALOGUE:
        yield from entry.names
