"""Which files of a folder are recordings, and which are their transcripts."""

import os
import unicodedata
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from hansard.audio.formats import suffixes
from hansard.audio.names import printable
from hansard.errors import DataError
from hansard.training.project import Project

TIMED = (".json", ".srt", ".vtt", ".lrc", ".ass", ".tsv", ".csv")
"""Endings of transcripts that may hold times, the best first."""
ENDINGS = (".norm.txt", *TIMED, ".txt", ".lab")
"""Endings of transcripts; of several the first counts, so what was normalised comes first."""
SIDECARS = (".meta.json", ".info.json")
"""Endings of files about a recording that are no transcripts."""
_LONELY = (".norm.txt", ".srt", ".vtt", ".lrc", ".ass", ".txt", ".lab")
"""Endings that hardly anything but a transcript has."""
_DERIVED = frozenset({"outputs", "duplicates"})
"""Folders of what was made from recordings, and of copies put aside."""
_NOTICES = ("readme", "license", "licence", "notice", "copying")


@dataclass(frozen=True, slots=True)
class Problem:
    """What is wrong with a file."""

    path: str
    """As it may be shown."""
    message: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """What folders hold."""

    media: tuple[tuple[Path, tuple[Path, ...]], ...]
    """Each recording with its transcripts, the best first."""
    lonely: tuple[Path, ...]
    """Transcripts without a recording."""
    problems: tuple[Problem, ...]


def find_data(folders: Sequence[Path], project: Project) -> Found:
    """The recordings in these folders and below, in the order of their paths.

    Hidden files, what was derived from recordings (`outputs`, the project's own results) and
    `duplicates` are left out, unless a folder lies in there itself. Links are followed; a file that
    several links lead to is found once.

    Raises:
        DataError: a folder is not there.
    """
    problems: list[Problem] = []
    files: list[Path] = []
    seen: set[str] = set()
    for folder in folders:
        if not folder.exists():
            raise DataError(
                f"there is no folder {str(folder)!r}",
                hint="put recordings and their transcripts there, or name another folder",
            )
        for path in _Walker(plain(folder), _is_left_out(project), problems).files():
            real = os.path.realpath(path)
            if real not in seen:
                seen.add(real)
                files.append(path)
    known = suffixes()
    media = sorted(path for path in files if path.suffix.lower() in known)
    texts = _by_name(path for path in files if path.suffix.lower() not in known)
    paired = tuple((path, _texts_of(path, texts)) for path in media)
    used = {text for _, found in paired for text in found}
    lonely = (path for found in texts.values() for path in found if path not in used)
    return Found(
        media=paired,
        lonely=tuple(sorted(path for path in lonely if _is_lonely(path))),
        problems=tuple(problems),
    )


def plain(path: Path) -> Path:
    """The path as an absolute one without `.` and `..`, as manifests hold it; links stay."""
    return Path(os.path.normpath(path.absolute()))


def _is_left_out(project: Project) -> Callable[[Path], bool]:
    own = (
        project.duplicates,
        project.manifests,
        project.processed,
        project.augmented,
        project.shards,
        project.outputs,
        project.root / "data" / "corrections",
        project.root / "models",
        project.root / "logs",
        project.reports,
    )
    results = {os.path.realpath(folder) for folder in own}

    def is_left_out(folder: Path) -> bool:
        hidden = folder.name.startswith(".")
        return hidden or folder.name in _DERIVED or os.path.realpath(folder) in results

    return is_left_out


class _Walker:
    """Goes through a folder; what links lead to comes last, so that the real files count."""

    def __init__(
        self, root: Path, is_left_out: Callable[[Path], bool], problems: list[Problem]
    ) -> None:
        self._root = root
        self._is_left_out = is_left_out
        self._problems = problems
        self._entered: set[str] = set()
        self._waiting: list[Path] = []
        self._links: list[Path] = []

    def files(self) -> Iterator[Path]:
        """Every plain file; no folder is entered twice."""
        self._waiting.append(self._root)
        while self._waiting or self._links:
            here = self._waiting.pop() if self._waiting else self._links.pop()
            if here.is_file():
                yield here
            elif self._enters(here):
                yield from self._look(here)

    def _look(self, folder: Path) -> Iterator[Path]:
        for path in _entries(folder, self._problems):
            if path.is_symlink():
                self._links.append(path)
            elif path.is_dir():
                self._waiting.append(path)
            elif path.is_file():
                yield path

    def _enters(self, folder: Path) -> bool:
        if not folder.exists():
            self._problems.append(Problem(printable(folder), "the link leads nowhere"))
            return False
        real = os.path.realpath(folder)
        if not folder.is_dir() or real in self._entered:
            return False
        self._entered.add(real)
        return folder == self._root or not self._is_left_out(folder)


def _entries(folder: Path, problems: list[Problem]) -> Iterator[Path]:
    """What lies in a folder, but for hidden files and names that no manifest can hold."""
    try:
        paths = sorted(folder.iterdir(), reverse=True)
    except OSError as error:
        problems.append(Problem(printable(folder), f"cannot be listed: {error.strerror}"))
        return
    for path in paths:
        if any("\ud800" <= c <= "\udfff" for c in path.name):
            problems.append(Problem(printable(path), "its name is not UTF-8; rename it"))
        elif not path.name.startswith("."):
            yield path


def _by_name(paths: Iterator[Path]) -> dict[tuple[Path, str], list[Path]]:
    """Files that end like transcripts, by folder and by what stands before the ending."""
    found: dict[tuple[Path, str], list[Path]] = {}
    for path in paths:
        name = path.name.lower()
        ending = next((each for each in ENDINGS if name.endswith(each)), None)
        if ending is not None and not name.endswith(SIDECARS):
            key = (path.parent, _composed(path.name[: -len(ending)]))
            found.setdefault(key, []).append(path)
    return found


def _texts_of(media: Path, texts: dict[tuple[Path, str], list[Path]]) -> tuple[Path, ...]:
    """`talk.srt` and `talk.mp3.srt` are both transcripts of `talk.mp3`."""
    names = dict.fromkeys((_composed(media.name), _composed(media.stem)))
    found = [path for name in names for path in texts.get((media.parent, name), ())]
    return tuple(sorted(found, key=rank))


def rank(path: Path) -> int:
    """How good a transcript's ending is; 0 is the best."""
    name = path.name.lower()
    return next(n for n, ending in enumerate(ENDINGS) if name.endswith(ending))


def _composed(name: str) -> str:
    """One way to write accents: another system's may differ between two files of one name."""
    return unicodedata.normalize("NFC", name)


def _is_lonely(path: Path) -> bool:
    name = path.name.lower()
    return name.endswith(_LONELY) and not name.startswith(_NOTICES)
