"""What a model name means: a catalogue entry, a trained model, a repository at the hub, a folder.

    small   large-v3@main   owner/repo   owner/repo@v2   owner/repo:int8   ./folder   an-alias
    mine   mine@3fb5 (a registered model, and one version of it)

Pure: whether a folder exists is asked through a function that is handed in.
"""

import difflib
import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Literal

from hansard.errors import UnknownNameError
from hansard.models.hub.catalogue import all_names, named
from hansard.models.hub.registry_book import find_version

PRECISIONS: Mapping[str, str] = {
    **{
        name: name
        for name in (
            "int8", "int8_float32", "int8_float16", "int8_bfloat16",
            "int16", "float16", "bfloat16", "float32",
        )
    },
    "fp16": "float16",
    "bf16": "bfloat16",
    "fp32": "float32",
}  # fmt: skip
"""The precisions that may stand behind a colon, and what they are called in CTranslate2."""

_PART = r"[A-Za-z0-9](?:[A-Za-z0-9._-]*[A-Za-z0-9_])?"
# The hub's own rules for names: at most 96 characters, neither `--` nor `..` (so `--` can stand for
# the slash in a folder's name), no dot or dash at either end.
_REPO = re.compile(rf"(?!.*(?:--|\.\.))(?=[^/]+/[^/]+$)(?=.{{3,96}}$){_PART}/{_PART}")
_REVISION = re.compile(r"(?!.*(?:\.\.|//))[A-Za-z0-9](?:[A-Za-z0-9._/-]{0,98}[A-Za-z0-9_-])?")
_PATHLIKE = re.compile(r"\.{0,2}[/\\].*|~.*|\.{1,2}|[A-Za-z]:[/\\].*|.*\\.*", re.DOTALL)


@dataclass(frozen=True, slots=True, kw_only=True)
class Reference:
    """What a name stands for."""

    asked: str
    """As the user wrote it."""
    kind: Literal["entry", "registered", "repo", "folder"]
    target: str
    """A name in the catalogue or the registry, `owner/repo`, or a path."""
    revision: str | None = None
    """A branch, tag or commit at the hub, None = its main branch; of a registered model the whole
    digest."""
    precision: str | None = None
    alias_of: str | None = None
    """What the alias stands for, where it is one."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Names:
    """The names that are given here, beside those of the catalogue."""

    aliases: Mapping[str, str] = field(default_factory=dict)
    """The user's, and those of the registry."""
    registered: Mapping[str, Sequence[str]] = field(default_factory=dict)
    """Trained models: name -> digests, the newest last."""


def parse_name(
    text: str,
    aliases: Mapping[str, str],
    is_folder: Callable[[str], bool],
    registered: Mapping[str, Sequence[str]] | None = None,
) -> Reference:
    """Say what `text` stands for.

    Aliases come first, then paths that look like one (`./x`, `/x`, `~/x`), the catalogue,
    registered models, a folder of exactly that name, and `owner/repo`. Case does not matter for
    aliases, the catalogue's names and registered ones; for repositories and folders it does.

    Raises:
        UnknownNameError: it can be none of these; the hint names what is spelt alike.
    """
    asked = text.strip()
    if not asked or not asked.isprintable():
        raise UnknownNameError(
            f"{text!r} is no model name", hint="`hansard models list` shows the names"
        )
    names = Names(aliases=aliases, registered=registered or {})
    body, precision = split_precision(asked)
    for key in (asked, body):
        target = _alias(key, aliases)
        if target is not None:
            reference = _plain(target, is_folder, names)
            own = precision if key == body else None
            return replace(
                reference, asked=asked, precision=own or reference.precision, alias_of=target
            )
    return _plain(asked, is_folder, names)


def split_precision(text: str) -> tuple[str, str | None]:
    """Take a known precision off the end: `base:int8` gives `base` and `int8`."""
    body, colon, suffix = text.rpartition(":")
    precision = PRECISIONS.get(suffix.lower())
    return (body, precision) if colon and body and precision else (text, None)


def _alias(key: str, aliases: Mapping[str, str]) -> str | None:
    if key in aliases:
        return aliases[key].strip()
    folded = {name.casefold(): target.strip() for name, target in aliases.items()}
    return folded.get(key.casefold())


def _plain(text: str, is_folder: Callable[[str], bool], names: Names) -> Reference:
    """Read a name that is no alias (an alias of an alias is not followed: it could go in rings)."""
    body, precision = split_precision(text)
    if _PATHLIKE.fullmatch(body):
        if is_folder(text):  # a folder may well be called `x:int8`
            body, precision = text, None
        return Reference(asked=text, kind="folder", target=body, precision=precision)
    name, at, revision = body.partition("@")
    entry = named(name)
    if entry is not None:
        pinned = _revision(text, revision) if at else None
        return Reference(
            asked=text, kind="entry", target=entry.name, revision=pinned, precision=precision
        )
    version = find_version(name, revision if at else None, names.registered)
    if version is not None:
        return Reference(
            asked=text,
            kind="registered",
            target=version[0],
            revision=version[1],
            precision=precision,
        )
    for folder, width in ((text, None), (body, precision)):
        if is_folder(folder):
            return Reference(asked=text, kind="folder", target=folder, precision=width)
    if not _REPO.fullmatch(name):
        raise unknown(text, [*names.aliases, *names.registered])
    pinned = _revision(text, revision) if at else None
    return Reference(asked=text, kind="repo", target=name, revision=pinned, precision=precision)


def _revision(text: str, revision: str) -> str:
    if not _REVISION.fullmatch(revision):
        raise UnknownNameError(
            f"{revision!r} in {text!r} is no revision",
            hint="a branch, a tag or a commit stands behind the @: owner/repo@main",
        )
    return revision


def unknown(text: str, names: Iterable[str]) -> UnknownNameError:
    """The error for a name that nothing has, with names that are spelt alike."""
    close = alike(text, names)
    hint = f"did you mean {' or '.join(map(repr, close))}? " if close else ""
    return UnknownNameError(
        f"no model is called {text!r}",
        hint=f"{hint}`hansard models list` shows the names; owner/repo@revision and a folder "
        "(./folder) work too",
    )


def alike(text: str, names: Iterable[str]) -> list[str]:
    """Up to three of the catalogue's and these names that are spelt like `text`, closest first."""
    known = [*names, *all_names()]
    wanted = text.casefold().rpartition("/")[2].removeprefix("faster-").removeprefix("whisper-")
    return difflib.get_close_matches(wanted, known, n=3, cutoff=0.6)
