"""What the registry of trained models holds, and how it may change. Pure: books in, books out.

A *name* has versions, told apart by the digest of their weights; the newest is what the name means.
An *alias* stands for one version until it is promoted to another, and can be rolled back.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any

from hansard.errors import UnknownNameError, UsageError
from hansard.models.hub.catalogue import named

SHOWN = 12
"""Digits of a digest that people are shown."""
_NAME = re.compile(r"(?!.*(?:--|\.\.))[A-Za-z0-9](?:[A-Za-z0-9._-]{0,62}[A-Za-z0-9_])?")
_PREFIX = re.compile(r"[0-9a-f]{4,64}")


@dataclass(frozen=True, slots=True, kw_only=True)
class Version:
    """Weights that were registered under a name."""

    digest: str
    """SHA-256 over the names and SHA-256 of the files in CTranslate2's layout."""
    registered_at: datetime
    run: str | None = None
    """The training that they come from."""
    figures: Mapping[str, Any] = field(default_factory=dict)
    """How good the training found them."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """What an alias stood for before."""

    target: str
    until: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Alias:
    """A name that can be switched from one version to another."""

    target: str
    """`name@digest`."""
    since: datetime
    history: tuple[Step, ...] = ()
    """Latest last."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Book:
    """All of the registry."""

    models: Mapping[str, tuple[Version, ...]] = field(default_factory=dict)
    """Newest version last."""
    aliases: Mapping[str, Alias] = field(default_factory=dict)

    @property
    def targets(self) -> dict[str, str]:
        """What each alias stands for."""
        return {name: alias.target for name, alias in self.aliases.items()}

    @property
    def digests(self) -> dict[str, tuple[str, ...]]:
        """The versions of each name, newest last."""
        return {name: tuple(v.digest for v in found) for name, found in self.models.items()}

    def version(self, name: str, digest: str) -> Version | None:
        """One version, if it is there."""
        return next((v for v in self.models.get(name, ()) if v.digest == digest), None)


def find_version(
    text: str, prefix: str | None, registered: Mapping[str, Sequence[str]]
) -> tuple[str, str] | None:
    """The name as it is registered and the whole digest; None where nothing has this name.

    Without a `prefix` of a digest it is the newest version. Case does not matter for the name.

    Raises:
        UnknownNameError: no version has this digest, or several do.
    """
    name = spelt(text, registered)
    if name is None or not registered[name]:
        return None
    if prefix is None:
        return name, registered[name][-1]
    fits = [digest for digest in registered[name] if digest.startswith(prefix)]
    if len(fits) == 1 and _PREFIX.fullmatch(prefix):
        return name, fits[0]
    shown = ", ".join(digest[:SHOWN] for digest in registered[name])
    what = "more than one version" if len(fits) > 1 else "no version"
    raise UnknownNameError(
        f"model {name!r} has {what} {prefix!r}", hint=f"its versions, newest last: {shown}"
    )


def spelt(text: str, names: Mapping[str, object]) -> str | None:
    """The spelling under which a name is kept, whatever its case."""
    return next((name for name in names if name.casefold() == text.casefold()), None)


def check_name(text: str, what: str) -> None:
    """See that a name or alias may be given.

    Raises:
        UsageError: it has other characters, or is a name of the catalogue.
    """
    if not _NAME.fullmatch(text):
        raise UsageError(
            f"{what} {text[:80]!r} cannot be used",
            hint="up to 64 letters, digits, dots, dashes and underlines, beginning with a letter "
            "or digit",
        )
    if named(text) is not None:
        raise UsageError(
            f"{what} {text!r} is a model of the catalogue, which keeps its meaning",
            hint="choose another name; `hansard models list` shows those that are taken",
        )


def with_version(book: Book, name: str, version: Version) -> tuple[Book, str]:
    """The book with this version as the newest of its name, and the name as it is spelt there.

    Raises:
        UsageError: the name may not be given, or is an alias.
    """
    check_name(name, "name")
    if spelt(name, book.aliases) is not None:
        raise UsageError(
            f"name {name!r} is an alias", hint="choose another name, or remove the alias first"
        )
    kept = spelt(name, book.models) or name
    others = tuple(v for v in book.models.get(kept, ()) if v.digest != version.digest)
    return replace(book, models={**book.models, kept: (*others, version)}), kept


def promoted(book: Book, alias: str, target: str, now: datetime) -> tuple[Book, str]:
    """The book with `alias` standing for `target` (`name@digest`), and the alias as it is spelt.

    What it stood for before goes into its history; the same target again changes nothing.

    Raises:
        UsageError: the alias may not be given, or is a registered name.
    """
    check_name(alias, "alias")
    if spelt(alias, book.models) is not None:
        raise UsageError(
            f"alias {alias!r} is the name of a registered model", hint="choose another alias"
        )
    kept = spelt(alias, book.aliases) or alias
    before = book.aliases.get(kept)
    if before is not None and before.target == target:
        return book, kept
    history = () if before is None else (*before.history, Step(target=before.target, until=now))
    new = Alias(target=target, since=now, history=history)
    return replace(book, aliases={**book.aliases, kept: new}), kept


def rolled_back(book: Book, alias: str, now: datetime) -> tuple[Book, str]:
    """The book with the alias standing for what it stood for before.

    Raises:
        UnknownNameError: there is no such alias.
        UsageError: it has never stood for anything else.
    """
    kept = spelt(alias, book.aliases)
    if kept is None:
        known = ", ".join(sorted(book.aliases))
        raise UnknownNameError(
            f"the registry has no alias {alias!r}",
            hint=f"its aliases: {known}" if known else "hansard models promote makes one",
        )
    found = book.aliases[kept]
    if not found.history:
        raise UsageError(
            f"alias {kept!r} stands for {short(found.target)}, and nothing is known that it stood "
            "for before",
            hint="promote another model to it",
        )
    *earlier, last = found.history
    back = Alias(target=last.target, since=now, history=tuple(earlier))
    return replace(book, aliases={**book.aliases, kept: back}), kept


def without_versions(book: Book, name: str, digests: Sequence[str]) -> Book:
    """The book without these versions, also in the history of aliases.

    Raises:
        UsageError: an alias stands for one of them.
    """
    gone = {f"{name}@{digest}" for digest in digests}
    for alias, found in book.aliases.items():
        if found.target in gone:
            raise UsageError(
                f"alias {alias!r} stands for {short(found.target)}, which cannot be removed",
                hint=f"promote another model to {alias!r}, `hansard models rollback {alias}`, or "
                f"`hansard models remove {alias}` first",
            )
    left = tuple(v for v in book.models.get(name, ()) if v.digest not in digests)
    models = {other: found for other, found in book.models.items() if other != name}
    aliases = {
        alias: replace(found, history=tuple(s for s in found.history if s.target not in gone))
        for alias, found in book.aliases.items()
    }
    return Book(models={**models, name: left} if left else models, aliases=aliases)


def without_alias(book: Book, alias: str) -> Book:
    """The book without this alias; what it stood for stays."""
    return replace(book, aliases={n: a for n, a in book.aliases.items() if n != alias})


def short(target: str) -> str:
    """`name@digest` as people are shown it."""
    name, _, digest = target.partition("@")
    return f"{name}@{digest[:SHOWN]}"
