"""Where templates are looked for: the operator's folder, then the store, then what is shipped.

The operator's folder may hold a template under the id of a shipped one, and is then meant. Clients
add theirs to the store, as `templates/<id>.json`: one JSON object with the four texts of
`template_files`. Everything is read anew each time, so that a change is seen at once, by whichever
process it was made; what was read before is not checked again.
"""

import json
import logging
from collections.abc import Iterator
from difflib import get_close_matches
from functools import lru_cache
from pathlib import Path
from typing import Any

from hansard.errors import (
    BlobExistsError,
    BlobNotFoundError,
    TemplateError,
    TemplateExistsError,
    UnknownNameError,
)
from hansard.storage.names import TEMPLATES
from hansard.storage.store import Store
from hansard.writing.forms.template import Template
from hansard.writing.forms.template_files import (
    MOST_BYTES,
    Source,
    is_id,
    parse,
    read_folder,
    shipped,
    shipped_ids,
    to_files,
)

logger = logging.getLogger(__name__)

_LOUDEST = 100
"""Folders that are warned about."""


class Shelf:
    """The templates that there are; safe to share between threads. Calls read files."""

    def __init__(self, folder: Path | None, store: Store | None) -> None:
        """Look into a folder of the operator and into a store, where there are."""
        self._folder = folder
        self._store = store
        self._warned: set[str] = set()

    def find(self, id: str) -> Template:  # noqa: A002 - the field's own name
        """The template of this id.

        Raises:
            UnknownNameError: there is none; the hint names those that there are.
            TemplateError: it is there, and is not what it must be.
        """
        if is_id(id):
            found = self._in_folder(id) or self._in_store(id)
            if found is not None:
                return found
            if id in shipped_ids():
                return shipped()[id]
        raise self._unknown(id)

    def list(self) -> tuple[Template, ...]:
        """All of them, in order of their ids; broken ones are left out, with a warning."""
        found: list[Template] = []
        for id in self.ids():  # noqa: A001 - the field's own name
            try:
                found.append(self.find(id))
            except UnknownNameError:
                continue  # removed meanwhile
            except TemplateError as error:
                self._warn(str(error))
        return tuple(found)

    def ids(self) -> tuple[str, ...]:
        """What they are called, broken ones included, in order."""
        return tuple(sorted({*shipped_ids(), *self._stored_ids(), *self._folder_ids()}))

    def add(self, template: Template) -> Template:
        """Put a new template into the store; returns it as it will be found.

        Raises:
            TemplateExistsError: there is one of this id, wherever it comes from.
            TemplateError: it is not what it must be, or there is no store.
            OutputError: the store refuses.
        """
        store, ready = self._writable(), _checked(template)
        if ready.id in self.ids():
            raise TemplateExistsError(
                f"there is a template {ready.id!r} already", hint="choose another id, or replace it"
            )
        try:
            store.put(_key(ready.id), _packed(ready), absent=True)
        except BlobExistsError as error:
            raise TemplateExistsError(
                f"there is a template {ready.id!r} already", hint="choose another id, or replace it"
            ) from error
        return ready

    def replace(self, template: Template) -> Template:
        """Put a template into the store, in place of the one of its id there, if there is one.

        Raises:
            TemplateExistsError: its id is that of a shipped template or one of the operator's.
            TemplateError: it is not what it must be, or there is no store.
            OutputError: the store refuses.
        """
        store, ready = self._writable(), _checked(template)
        if ready.id in self._folder_ids() or ready.id in shipped_ids():
            raise _fixed(ready.id, "replaced")
        store.put(_key(ready.id), _packed(ready))
        return ready

    def remove(self, id: str) -> None:  # noqa: A002 - the field's own name
        """Take a template out of the store.

        Raises:
            TemplateExistsError: it is a shipped template or one of the operator's.
            UnknownNameError: there is none of this id.
        """
        stored = id in self._stored_ids()
        if id in self._folder_ids() or (id in shipped_ids() and not stored):
            raise _fixed(id, "removed")
        if not stored:
            raise self._unknown(id)
        self._writable().delete(_key(id))

    def _in_folder(self, id: str) -> Template | None:  # noqa: A002 - the field's own name
        if self._folder is None:
            return None
        try:
            if not (self._folder / id).is_dir():
                return None
            _check_inside(self._folder / id, self._folder)
            return _parsed(id, tuple(read_folder(self._folder / id).items()), "folder")
        except TemplateError as error:
            raise TemplateError(f"template {id!r}: {error}", hint=error.hint) from error
        except OSError as error:
            raise TemplateError(f"template {id!r} cannot be read: {error.strerror}") from error

    def _in_store(self, id: str) -> Template | None:  # noqa: A002 - the field's own name
        if self._store is None:
            return None
        try:
            content = self._store.read(_key(id))
        except BlobNotFoundError:
            return None
        try:
            return _parsed(id, tuple(_unpacked(content).items()), "store")
        except TemplateError as error:
            raise TemplateError(f"stored template {id!r}: {error}", hint=error.hint) from error

    def _folder_ids(self) -> Iterator[str]:
        if self._folder is None:
            return
        try:
            names = [entry.name for entry in self._folder.iterdir() if entry.is_dir()]
        except FileNotFoundError:
            return
        except OSError as error:
            self._warn(f"the folder of templates cannot be read: {error.strerror}")
            return
        for name in names:
            if is_id(name):
                yield name
            elif not name.startswith("."):
                self._warn(f"the folder {name[:100]!r} has no name that a template may have")

    def _stored_ids(self) -> Iterator[str]:
        for blob in self._store.list(TEMPLATES) if self._store is not None else ():
            name = blob.key.removeprefix(TEMPLATES).removesuffix(".json")
            if is_id(name) and blob.key == _key(name):
                yield name

    def _writable(self) -> Store:
        if self._store is None:
            raise TemplateError("there is no place to keep templates in")
        return self._store

    def _unknown(self, id: str) -> UnknownNameError:  # noqa: A002 - the field's own name
        ids = self.ids()
        near = get_close_matches(id[:100].lower(), ids, n=1)
        meant = f"did you mean {near[0]}? " if near else ""
        return UnknownNameError(
            f"there is no template {id[:100]!r}", hint=f"{meant}templates: {', '.join(ids)}"
        )

    def _warn(self, message: str) -> None:
        """Once each: the shelf is looked at with every request."""
        if message not in self._warned and len(self._warned) < _LOUDEST:
            self._warned.add(message)
            logger.warning("%s; it is left out", message)


@lru_cache(maxsize=256)
def _parsed(id: str, files: tuple[tuple[str, str], ...], source: Source) -> Template:  # noqa: A002 - the field's own name
    schema, prompt, example, about = (dict(files)[name] for name in MOST_BYTES)
    return parse(id, schema, prompt, example, about, source)


def _check_inside(folder: Path, root: Path) -> None:
    if not folder.resolve().is_relative_to(root.resolve()):
        raise TemplateError("its folder is a link that leads elsewhere")


def _checked(template: Template) -> Template:
    """As it will be read: nobody stores what cannot be found again."""
    files = to_files(template)
    return _parsed(template.id, tuple(files.items()), "store")


def _packed(template: Template) -> bytes:
    return json.dumps(to_files(template), ensure_ascii=False, indent=1).encode()


def _unpacked(content: bytes) -> dict[str, str]:
    try:
        files: Any = json.loads(content)
    except (ValueError, RecursionError) as error:
        raise TemplateError("its document is no JSON") from error
    if not isinstance(files, dict) or set(files) != set(MOST_BYTES):
        raise TemplateError(f"its document must hold {', '.join(MOST_BYTES)}")
    if not all(isinstance(text, str) for text in files.values()):
        raise TemplateError("its document must hold texts")
    return files


def _key(id: str) -> str:  # noqa: A002 - the field's own name
    return f"{TEMPLATES}{id}.json"


def _fixed(id: str, deed: str) -> TemplateExistsError:  # noqa: A002 - the field's own name
    return TemplateExistsError(
        f"the template {id!r} cannot be {deed} here",
        hint="it is shipped with Hansard or lies in the operator's folder; use another id",
    )
