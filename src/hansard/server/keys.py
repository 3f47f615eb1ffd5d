"""Keys: who may do what. They are kept in the store as `keys/<id>.json`, hashed.

    hk_<id>_<secret>        what a client sends; shown once, when the key is made

Keys of the key file are accepted beside them; they are hashed in memory.
"""

import hashlib
import hmac
import logging
import re
import secrets
import time
from collections import OrderedDict
from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from pathlib import Path
from threading import Lock
from typing import Literal, get_args

import msgspec

from hansard.errors import BlobNotFoundError, SettingError, UnknownNameError, UsageError
from hansard.jobs.options import DoorOptions
from hansard.jobs.webhooks import new_secret, secret_of
from hansard.storage.store import Store

logger = logging.getLogger(__name__)

Scope = Literal["submit", "read", "admin"]
ALL_SCOPES: frozenset[Scope] = frozenset(get_args(Scope))
USUAL_SCOPES: frozenset[Scope] = frozenset({"submit", "read"})
PREFIX = "keys/"
SHORTEST = 16
"""Characters that a key of the key file must at least have."""
REMEMBERED = 2.0
"""Seconds for which a key is not looked up again, so that a revoked one soon ends."""
MOST_REMEMBERED = 4096

_FORM = re.compile(r"hk_([0-9a-f]{12})_[A-Za-z0-9_-]{43}", re.ASCII)
_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._@-]{0,63}", re.ASCII)
_PLACEHOLDER = re.compile(
    r".*(change[-_ ]?(me|this|it)|your[-_ ]|replace[-_ ]?me|placeholder|example|x{6,}|\.{3}|<.*>"
    r"|123456|abcdef|password|secret[-_ ]?key|todo).*",
    re.IGNORECASE | re.DOTALL,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Key:
    """A key, without the secret itself. Times are seconds since 1970."""

    id: str
    name: str
    owner: str
    """Whose jobs it makes and sees; several keys may share an owner."""
    scopes: frozenset[Scope]
    digest: str = field(repr=False)
    """SHA-256 of the whole text form, in hexadecimal."""
    created: float = 0.0
    expires: float | None = None
    revoked: float | None = None
    ephemeral: bool = False
    """Whether the results of its jobs expire."""
    rate: int | None = None
    """Requests a minute; None = the setting `rate_limit`."""
    webhook_secret: str = field(default="", repr=False)
    """What its webhooks are signed with."""

    def live(self, now: float) -> bool:
        """Whether it may still be used."""
        return self.revoked is None and (self.expires is None or now < self.expires)

    def may(self, scope: Scope) -> bool:
        """Whether it may do what this scope stands for; admins may do everything."""
        return scope in self.scopes or "admin" in self.scopes

    def sees(self, owner: str) -> bool:
        """Whether it may see what belongs to `owner`."""
        return owner == self.owner or "admin" in self.scopes


def local_key() -> Key:
    """The one caller of a service that asks for no keys."""
    return Key(id="local", name="local", owner="local", scopes=ALL_SCOPES, digest="")


class KeyBook:
    """The keys; safe to share between threads.

    All but `recall` may touch the store, so async code calls that first, and others in a thread.
    """

    def __init__(self, store: Store, options: DoorOptions) -> None:
        """Reads the key file, if one is set.

        Raises:
            SettingError: the key file cannot be read, or a key in it is too weak.
        """
        self._store = store
        self._given = read_key_file(options.key_file) if options.key_file else ()
        self._seen: OrderedDict[str, tuple[Key | None, float]] = OrderedDict()
        self._lock = Lock()

    def add(
        self,
        name: str,
        *,
        owner: str | None = None,
        scopes: Iterable[Scope] = USUAL_SCOPES,
        days: float | None = None,
        ephemeral: bool = False,
        rate: int | None = None,
    ) -> tuple[Key, str]:
        """Make a key; returns it and its text form, which is kept nowhere.

        Its owner is its name unless another is given.

        Raises:
            UsageError: the name is none or is taken, or a scope does not exist.
        """
        _check_new(name, owner, frozenset(scopes), days)
        if any(key.name == name for key in self.list() if key.live(time.time())):
            raise UsageError(f"there is a key {name!r} already", hint="revoke it, or choose a name")
        identity = secrets.token_hex(6)
        text = f"hk_{identity}_{secrets.token_urlsafe(32)}"
        now = time.time()
        key = Key(
            id=identity,
            name=name,
            owner=owner or name,
            scopes=frozenset(scopes),
            digest=digest_of(text),
            created=now,
            expires=None if days is None else now + days * 86_400,
            ephemeral=ephemeral,
            rate=rate,
            webhook_secret=new_secret(),
        )
        self._store.put(_place(identity), msgspec.json.encode(key), absent=True)
        self._forget(identity)
        return key, text

    def list(self) -> tuple[Key, ...]:
        """Every key, the oldest first, those of the key file last."""
        kept = filter(None, (self._read(blob.key) for blob in self._store.list(PREFIX)))
        return (*sorted(kept, key=lambda key: key.created), *self._given)

    def revoke(self, which: str) -> Key:
        """End a key, named by its id or its name; returns it as it is now.

        Raises:
            UnknownNameError: there is no such key, or it is in the key file.
        """
        for key in self.list():
            if which in {key.id, key.name} and key not in self._given and key.revoked is None:
                ended = replace(key, revoked=time.time())
                self._store.put(_place(key.id), msgspec.json.encode(ended))
                self._forget(key.id)
                return ended
        raise UnknownNameError(f"there is no key {which!r}", hint="hansard keys list")

    def find(self, text: str) -> Key | None:
        """The key with this text form; None where it is none, or may no longer be used."""
        digest = digest_of(text)
        key = self._among_given(digest)
        if key is None and (form := _FORM.fullmatch(text)):
            key = self.look_up(form[1])
        return _checked(key, digest)

    def recall(self, text: str) -> tuple[bool, Key | None]:
        """What `find` would say, where that is known without the store: (known, key)."""
        digest = digest_of(text)
        given = self._among_given(digest)
        form = _FORM.fullmatch(text)
        if given is not None or form is None:
            return True, given
        known, key = self._remembered(form[1])
        return known, _checked(key, digest)

    def look_up(self, id: str) -> Key | None:  # noqa: A002 - the field's own name
        """The key of this id, if it may still be used."""
        for key in self._given:
            if key.id == id:
                return key
        known, kept = self._remembered(id)
        if not known:
            kept = self._read(_place(id))
            self._remember(id, kept)
        return kept if kept is not None and kept.live(time.time()) else None

    def _among_given(self, digest: str) -> Key | None:
        found = None
        for key in self._given:  # all of them, so that time tells nothing
            if hmac.compare_digest(key.digest.encode(), digest.encode()):
                found = key
        return found

    def _remembered(self, identity: str) -> tuple[bool, Key | None]:
        with self._lock:
            key, until = self._seen.get(identity, (None, 0.0))
        return time.monotonic() < until, key

    def _remember(self, identity: str, key: Key | None) -> None:
        with self._lock:
            self._seen[identity] = (key, time.monotonic() + REMEMBERED)
            self._seen.move_to_end(identity)
            while len(self._seen) > MOST_REMEMBERED:
                self._seen.popitem(last=False)

    def _forget(self, identity: str) -> None:
        with self._lock:
            self._seen.pop(identity, None)

    def _read(self, place: str) -> Key | None:
        try:
            return msgspec.json.decode(self._store.read(place), type=Key)
        except BlobNotFoundError:
            return None
        except msgspec.DecodeError:
            logger.warning("the key in %r is damaged and counts for nothing", place)
            return None


def digest_of(text: str) -> str:
    """What is kept of a key. The secret is random and long, so a plain hash is enough."""
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()


def read_key_file(path: Path) -> tuple[Key, ...]:
    """The keys of a key file: one `[name:]key` a line, `#` begins a comment; they may do all.

    Raises:
        SettingError: it cannot be read, or a key in it is too weak.
    """
    try:
        lines = path.expanduser().read_text(encoding="utf-8").splitlines()
    except (OSError, UnicodeDecodeError) as error:
        raise SettingError(f"key_file {str(path)!r} cannot be read: {error}") from error
    keys = tuple(
        _given_key(line.strip(), f"line {number} of key_file {str(path)!r}")
        for number, line in enumerate(lines, 1)
        if line.strip() and not line.strip().startswith("#")
    )
    if not keys:
        raise SettingError(f"key_file {str(path)!r} holds no key", hint=MAKE_ONE)
    return keys


MAKE_ONE = "make one with: python3 -c 'import secrets; print(secrets.token_urlsafe(32))'"


def _given_key(line: str, where: str) -> Key:
    name, colon, text = line.partition(":")
    name, text = (name.strip(), text.strip()) if colon else ("", line)
    if colon and not _NAME.fullmatch(name):
        raise SettingError(f"{where}: {name!r} is no name", hint=NAME_RULE)
    if len(text) < SHORTEST:
        raise SettingError(f"{where}: the key has fewer than {SHORTEST} characters", hint=MAKE_ONE)
    if _PLACEHOLDER.fullmatch(text) or len(set(text)) < 6:
        raise SettingError(f"{where}: the key is a placeholder, or easily guessed", hint=MAKE_ONE)
    digest = digest_of(text)
    name = name or f"file-{digest[:8]}"
    # Nothing is written, so the secret for webhooks must follow from the key itself.
    webhook = secret_of(hmac.digest(text.encode(), b"hansard webhook", "sha256"))
    return Key(
        id=f"file-{digest[:12]}",
        name=name,
        owner=name,
        scopes=ALL_SCOPES,
        digest=digest,
        webhook_secret=webhook,
    )


NAME_RULE = "a name has up to 64 letters, digits and . _ @ -"


def _check_new(name: str, owner: str | None, scopes: frozenset[Scope], days: float | None) -> None:
    for what in (name, owner or name):
        if not _NAME.fullmatch(what):
            raise UsageError(f"{what!r} is no name for a key or its owner", hint=NAME_RULE)
    if not scopes or scopes - ALL_SCOPES:
        raise UsageError(
            f"scopes {', '.join(sorted(scopes)) or 'none'}",
            hint=f"choose among {', '.join(sorted(ALL_SCOPES))}",
        )
    if days is not None and days <= 0:
        raise UsageError(f"days = {days}: a key cannot end before it begins")


def _checked(key: Key | None, digest: str) -> Key | None:
    if key is None or not hmac.compare_digest(key.digest.encode(), digest.encode()):
        return None
    return key if key.live(time.time()) else None


def _place(identity: str) -> str:
    return f"{PREFIX}{identity}.json"
