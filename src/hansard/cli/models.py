"""`hansard models`."""

from dataclasses import asdict
from typing import Annotated

from cyclopts import Parameter

from hansard.cli.flags import with_options
from hansard.cli.progress import Downloads, show_progress
from hansard.cli.tables import print_facts, print_json, print_table, show_bytes
from hansard.models.hub.hub import Hub
from hansard.settings import Options

JsonFlag = Annotated[bool, Parameter(name="--json", negative="")]


@with_options("Models on disk")
def list_models(*, json_: JsonFlag = False, options: Options) -> None:
    """List the models that have a name, and those that are here.

    Parameters
    ----------
    json_
        Write JSON.
    """
    listed = Hub(options).list()
    if json_:
        print_json([asdict(one) for one in listed])
        return
    print_table(
        ("model", "for", "here", "size", "at the hub"),
        [
            (m.name, m.kind or "", "yes" if m.here else "", show_bytes(m.size), m.repo)
            for m in listed
        ],
    )


@with_options("Models on disk")
def info(name: str, /, *, json_: JsonFlag = False, options: Options) -> None:
    """Show what is known of one model.

    Parameters
    ----------
    name
        A model's name, alias, id at the hub, or folder.
    json_
        Write JSON.
    """
    facts = asdict(Hub(options).describe(name))
    if json_:
        print_json(facts)
    else:
        print_facts({key: value for key, value in facts.items() if value is not None})


@with_options("Models on disk")
def pull(
    names: list[str], /, *, force: Annotated[bool, Parameter(negative="")] = False, options: Options
) -> None:
    """Fetch models; an interrupted download goes on where it was.

    Parameters
    ----------
    names
        Names, aliases or ids at the hub.
    force
        Fetch again even if it is here.
    """
    hub = Hub(options)
    with show_progress(wanted=True, bytes_too=True) as progress:
        for name in names:
            files = hub.pull(name, force=force, on_progress=Downloads(progress))
            print(files.path)


@with_options("Models on disk")
def verify(names: list[str], /, *, options: Options) -> None:
    """Read every byte of models that are here, and compare with their recorded hashes.

    Parameters
    ----------
    names
        Names, aliases, ids or folders.
    """
    hub = Hub(options)
    for name in names:
        files = hub.verify(name)
        print(f"{name}: every file is as recorded, digest {files.digest}")


@with_options("Models on disk")
def remove(names: list[str], /, *, options: Options) -> None:
    """Remove models from this machine.

    Parameters
    ----------
    names
        Names, aliases or ids.
    """
    hub = Hub(options)
    for name in names:
        print(f"{name}: {show_bytes(hub.remove(name))} freed")
