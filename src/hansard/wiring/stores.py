"""Where jobs and files are kept, as the settings say."""

from importlib.util import find_spec
from pathlib import Path
from typing import Literal

from hansard.errors import MissingExtraError, UsageError
from hansard.jobs.bell import Bell
from hansard.jobs.ledger import Ledger
from hansard.settings import Options
from hansard.storage.folder import FolderStore
from hansard.storage.store import Store
from hansard.writing.forms.shelf import Shelf


def open_store(options: Options) -> Store:
    """Where uploads and results lie."""
    return FolderStore(store_folder(options))


def store_folder(options: Options) -> Path:
    """The folder of the store."""
    return (options.shared_dir or data_folder(options) / "store").expanduser()


def data_folder(options: Options) -> Path:
    """The folder that everything local lies in."""
    return options.data_dir.expanduser()


def open_shelf(options: Options) -> Shelf:
    """Where templates of summaries are."""
    folder = options.templates_dir
    return Shelf(folder.expanduser() if folder else None, open_store(options))


def open_ledger(options: Options) -> Ledger:
    """Where jobs are kept: Redis where one is named, else a file.

    Raises:
        SettingError: the address of Redis is none.
        MissingExtraError: the extra `cluster` is not installed.
        LedgerUnavailableError: the file cannot be opened.
    """
    if options.redis_url is None:
        from hansard.jobs.sqlite import SqliteLedger

        folder = data_folder(options)
        folder.mkdir(parents=True, exist_ok=True)
        return SqliteLedger(folder / "ledger.sqlite3", failed_ttl=options.failed_ttl)
    require_cluster()
    from hansard.jobs.redis import RedisLedger

    return RedisLedger(options.redis_url, failed_ttl=options.failed_ttl)


def open_redis_bell(options: Options, side: Literal["door", "worker"]) -> Bell:
    """The bell of a cluster.

    Raises:
        UsageError: no Redis is named.
        MissingExtraError: the extra `cluster` is not installed.
    """
    if options.redis_url is None:
        raise UsageError(
            "no Redis is named, so nobody could give this worker jobs",
            hint="name one with --redis-url redis://...; `hansard serve` has a worker of its own",
        )
    require_cluster()
    from hansard.jobs.redis_bell import RedisBell

    return RedisBell(options.redis_url, side=side)


def require_cluster() -> None:
    """See that what jobs in Redis need is installed.

    Raises:
        MissingExtraError: it is not.
    """
    for library in ("redis", "rq"):
        if find_spec(library) is None:
            raise MissingExtraError(
                f"jobs in Redis need {library!r}, which is not installed",
                hint="pip install 'hansard[cluster]'",
            )
