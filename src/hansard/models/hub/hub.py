"""The hub: a model's name in, verified files on disk out.

    name -> Reference -> is it here? -> verified -> in the wanted layout? -> ModelFiles
                           no: fetch                  no: convert

Looking is light: the hub client is loaded only when something must be fetched, the converter and
its libraries only when something must be converted.
"""

from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

from hansard.errors import (
    ModelError,
    ModelNotHereError,
    SettingError,
    UnknownNameError,
    UsageError,
)
from hansard.models.hub.catalogue import Kind
from hansard.models.hub.contents import Contents
from hansard.models.hub.convert import Conversion, convert, is_convertible, require_extra
from hansard.models.hub.files import Layout, ModelFiles
from hansard.models.hub.listing import (
    Listed,
    list_all,
    list_registered,
    remove_conversions,
    remove_fetched,
    with_notes,
)
from hansard.models.hub.lookup import (
    Sought,
    as_path,
    describe,
    look,
    look_converted,
    open_kept,
    own_folder,
)
from hansard.models.hub.names import Names, Reference, parse_name
from hansard.models.hub.options import HubOptions, real_token
from hansard.models.hub.registry import Registry, merged_aliases
from hansard.models.hub.registry_book import SHOWN, short, spelt

Progress = Callable[[int, int, str], None]
"""Told, as bytes come: how many are here, how many there will be, and which file is coming."""


class Hub:
    """Finds, fetches, verifies and removes models."""

    def __init__(self, options: HubOptions, *, endpoint: str | None = None) -> None:
        """Nothing is read or written yet; `endpoint` is the hub's address, None = the usual one.

        Raises:
            SettingError: the token holds what no token can.
        """
        self._options = options
        self.registry = Registry(options.models_dir)
        self._endpoint = endpoint.rstrip("/") if endpoint else None
        self._token = real_token(options.hf_token)
        if self._token and not (self._token.isascii() and self._token.isprintable()):
            raise SettingError(
                "hf_token holds characters that no token has", hint="copy the token again"
            )

    @property
    def names(self) -> Names:
        """The aliases and registered models of now; the user's own aliases are the stronger."""
        book = self.registry.read()
        return Names(aliases=merged_aliases(self._options.aliases, book), registered=book.digests)

    def parse(self, name: str, is_folder: Callable[[str], bool] | None = None) -> Reference:
        """What a name stands for now; without `is_folder`, folders are looked for on the disk.

        Raises:
            UnknownNameError: nothing has this name.
        """
        names = self.names
        seen = is_folder or (lambda text: as_path(text).is_dir())
        return parse_name(name, names.aliases, seen, names.registered)

    def find(
        self, name: str, *, layout: Layout = "ctranslate2", purpose: Kind | None = None
    ) -> ModelFiles:
        """The files of a model that is here already, verified; opens no connection.

        `purpose` says what it is wanted for: a model that is known to be for something else is
        refused.

        Raises:
            UnknownNameError: nothing has this name.
            ModelNotHereError: it is not on this machine, or not in this layout.
            ModelNotFoundError: there is no such folder.
            ModelError: it is for something else, or holds no weights that may be read.
            ModelDamagedError: its files are not what they should be.
        """
        sought = self._seek(name, purpose)
        found = look(sought, layout)
        return found if found.layout == layout else look_converted(sought, found)

    def fetch(
        self,
        name: str,
        on_progress: Progress | None = None,
        *,
        layout: Layout = "ctranslate2",
        purpose: Kind | None = None,
    ) -> ModelFiles:
        """The files of a model: from here, else fetched; converted where need be.

        What is known to be for something else than `purpose` is refused before a byte comes.

        Raises:
            ModelNotHereError: it is not on this machine, and offline is set.
            MissingExtraError: it must be converted, and the extra `convert` is not installed.
            HansardError: as `find` and `pull` do.
        """
        sought = self._seek(name, purpose)
        try:
            found = look(sought, layout)
        except ModelNotHereError:
            if self._options.offline:
                raise
            return self.pull(name, on_progress=on_progress, layout=layout)
        return self._in_layout(sought, found, layout)

    def pull(
        self,
        name: str,
        *,
        force: bool = False,
        on_progress: Progress | None = None,
        layout: Layout | None = None,
    ) -> ModelFiles:
        """Fetch a model if the hub has another commit than is here; with `force` in any case.

        Without `layout` it comes in that which models of its kind are kept in.

        Raises:
            ModelNotHereError: offline is set, and it is not here.
            HansardError: as `download` and `convert` do.
        """
        sought = self._seek(name)
        free, layout = layout is None, layout or sought.layout
        home = sought.home(layout)
        if home is None or self._options.offline:
            found = look(sought, layout)
        else:
            folder = self._download(sought, home, layout, force=force, on_progress=on_progress)
            found = open_kept(sought, folder)
        if free and _stays(found):
            return found
        return self._in_layout(sought, found, layout, force=force)

    def verify(self, name: str, *, layout: Layout | None = None) -> ModelFiles:
        """Read every byte of a model that is here and compare; `find` does that only once.

        Raises:
            ModelDamagedError: a file is missing or is not what it should be.
            ModelNotHereError: it is not on this machine.
        """
        sought = self._seek(name)
        free, layout = layout is None, layout or sought.layout
        found = look(sought, layout, full=True)
        if found.layout == layout or (free and _stays(found)):
            return found
        return look_converted(sought, found, full=True)

    def list(self) -> tuple[Listed, ...]:
        """The catalogue, what else is here, trained models, and aliases; opens no connection."""
        listed = (
            self.describe(one.name) if one.bundled else one
            for one in list_all(self._options.models_dir)
        )
        registered = list_registered(self._options.models_dir, self.registry.read())
        return (*listed, *registered, *self._aliases())

    def describe(self, name: str) -> Listed:
        """What is known of one model, whether it is here or not; opens no connection.

        Raises:
            UnknownNameError: nothing has this name.
            ModelDamagedError: its manifest cannot be read.
        """
        sought = self._seek(name)
        listed = describe(sought)
        if sought.reference.kind != "registered":
            return listed
        book, target = self.registry.read(), sought.reference.target
        versions = tuple(f"{target}@{v.digest[:SHOWN]}" for v in book.models.get(target, ()))
        version = book.version(target, sought.reference.revision or "")
        noted = with_notes(listed, version) if version else listed
        return replace(noted, versions=versions)

    def remove(self, name: str) -> int:
        """Delete a fetched model and what was converted from it; returns the bytes freed.

        Of a user's own folder only conversions are deleted. A registered model goes with all its
        versions, `name@digest` is one of them, and of the registry's aliases only the alias goes.

        Raises:
            UsageError: the model comes with Hansard, or an alias of the registry stands for it.
            ModelNotHereError: there is nothing to delete.
        """
        if self._names_alias(name) and self.registry.forget_alias(name.strip()):
            return 0
        sought = self._seek(name)
        if sought.reference.kind == "registered":
            one = "@" in (sought.reference.alias_of or name)
            revision = sought.reference.revision if one else None
            return self.registry.remove(sought.reference.target, revision)
        if sought.bundled:
            raise UsageError(
                f"model {name!r} comes with Hansard and cannot be removed",
                hint="uninstall Hansard to be rid of it",
            )
        if sought.reference.kind == "folder":
            freed = self._forget(sought)
        else:
            freed = remove_fetched(sought.models, sought.homes(), sought.reference.revision)
        if not freed:
            raise ModelNotHereError(
                f"nothing of model {name!r} is kept in {str(sought.models)!r}",
                hint="`hansard models list` shows what is; a folder of your own is yours to delete",
            )
        return freed

    def _seek(self, name: str, purpose: Kind | None = None) -> Sought:
        return Sought(
            reference=self.parse(name),
            models=self._options.models_dir,
            offline=self._options.offline,
            purpose=purpose,
        )

    def _aliases(self) -> Iterator[Listed]:
        """The user's and the registry's; one that stands for nothing is shown all the same."""
        targets = self.registry.read().targets
        for alias, target in sorted(self.names.aliases.items()):
            shown = short(target) if targets.get(alias) == target else target
            try:
                yield replace(self.describe(alias), name=alias, alias_of=shown)
            except (UnknownNameError, ModelError):
                yield Listed(name=alias, alias_of=shown)

    def _names_alias(self, name: str) -> bool:
        """Whether it is an alias of the registry that no alias of the user's own hides."""
        mine = spelt(name.strip(), self._options.aliases)
        return mine is None and spelt(name.strip(), self.registry.read().aliases) is not None

    def _download(
        self,
        sought: Sought,
        home: str,
        layout: Layout,
        *,
        force: bool,
        on_progress: Progress | None,
    ) -> Path:
        from hansard.models.hub.asking import Access
        from hansard.models.hub.download import Order, download

        def before(contents: Contents) -> None:
            if contents.layout != layout:  # gigabytes that could then not be used
                require_extra(sought.name, sought.converted_already)

        order = Order(
            name=sought.canonical,
            repo=home,
            revision=sought.reference.revision,
            layout=layout,
            models=sought.models,
            access=Access(endpoint=self._endpoint, token=self._token),
            force=force,
            before=before,
        )
        return download(order, on_progress)

    def _in_layout(
        self, sought: Sought, found: ModelFiles, layout: Layout, *, force: bool = False
    ) -> ModelFiles:
        """Convert if need be."""
        if found.layout == layout:
            return found
        convert(
            Conversion(
                source=found,
                precision=sought.precision,
                models=sought.models,
                instead=sought.converted_already,
                force=force,
            )
        )
        return look_converted(sought, found)

    def _forget(self, sought: Sought) -> int:
        """Delete what was converted from the user's own folder."""
        own_folder(sought, "transformers")
        try:
            source = look(sought, "transformers")
        except ModelError:  # nothing there that could have been converted
            return 0
        return remove_conversions(sought.models, source.digest)


def _stays(found: ModelFiles) -> bool:
    """Whether it is of a kind that is used as it is: language models, aligners."""
    return found.layout == "transformers" and not is_convertible(found)
