"""`hansard keys`: who may use the service."""

from collections.abc import Sequence
from typing import Annotated, cast

from cyclopts import Parameter

from hansard.cli.flags import with_options
from hansard.cli.models import JsonFlag
from hansard.cli.tables import print_facts, print_json, print_table, show_time
from hansard.server.keys import USUAL_SCOPES, Key, KeyBook, Scope
from hansard.settings import Options
from hansard.wiring.stores import open_store

WHERE = ("Jobs", "Models on disk")


@with_options(*WHERE)
def add(  # noqa: PLR0913 - each is a flag
    name: str,
    /,
    *,
    owner: str | None = None,
    scopes: Sequence[str] = tuple(sorted(USUAL_SCOPES)),
    days: float | None = None,
    ephemeral: Annotated[bool, Parameter(negative="")] = False,
    rate: int | None = None,
    json_: JsonFlag = False,
    options: Options,
) -> None:
    """Make a key; it is shown this once and kept only as a hash.

    Parameters
    ----------
    name
        What to call it.
    owner
        Whose jobs it sees; keys with one owner see each other's. By default its name.
    scopes
        What it may do: submit, read, admin.
    days
        After so many days it ends.
    ephemeral
        Results of its jobs expire.
    rate
        Requests a minute that it may make.
    json_
        Write JSON.
    """
    book = KeyBook(open_store(options), options)
    wanted = [scope for text in scopes for scope in text.split(",")]
    key, text = book.add(
        name,
        owner=owner,
        scopes=cast("list[Scope]", wanted),
        days=days,
        ephemeral=ephemeral,
        rate=rate,
    )
    facts = {"key": text, "webhook_secret": key.webhook_secret, **describe(key)}
    if json_:
        print_json(facts)
    else:
        print_facts(facts)


@with_options(*WHERE)
def list_keys(*, json_: JsonFlag = False, options: Options) -> None:
    """List keys; never what they open with.

    Parameters
    ----------
    json_
        Write JSON.
    """
    found = [describe(key) for key in KeyBook(open_store(options), options).list()]
    if json_:
        print_json(found)
    else:
        columns = ("id", "name", "owner", "scopes", "created", "expires", "revoked")
        print_table(columns, [[facts[column] for column in columns] for facts in found])


@with_options(*WHERE)
def revoke(names: list[str], /, *, options: Options) -> None:
    """End keys; a running service knows within seconds.

    Parameters
    ----------
    names
        Their ids or names.
    """
    book = KeyBook(open_store(options), options)
    for name in names:
        print(f"{book.revoke(name).id}: revoked")


def describe(key: Key) -> dict[str, object]:
    """A key without its secrets."""
    return {
        "id": key.id,
        "name": key.name,
        "owner": key.owner,
        "scopes": " ".join(sorted(key.scopes)),
        "ephemeral": key.ephemeral,
        "rate": key.rate,
        "created": show_time(key.created or None),
        "expires": show_time(key.expires),
        "revoked": show_time(key.revoked),
    }
