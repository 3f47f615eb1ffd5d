"""Progress on a terminal: the stage, a bar, the time left. Silent where nobody watches."""

from collections.abc import Iterator
from contextlib import contextmanager

from rich.console import Console
from rich.progress import (
    BarColumn,
    DownloadColumn,
    Progress,
    TaskID,
    TextColumn,
    TimeRemainingColumn,
)

from hansard.pipeline import Advanced, Event, Planned, Progressed, Staged
from hansard.work.wires import Wires


class Watcher:
    """Shows a recording's events as a bar."""

    def __init__(self, progress: Progress, name: str) -> None:
        self._progress = progress
        progress.start()
        self._task: TaskID = progress.add_task(name, total=None, stage="")

    def __call__(self, event: Event) -> None:
        """Show one event."""
        if isinstance(event, Staged):
            self._progress.update(self._task, stage=event.stage)
        elif isinstance(event, Planned):
            self._progress.update(self._task, total=max(1, event.windows), completed=0)
        elif isinstance(event, Progressed):
            self._progress.update(self._task, completed=event.done)
        elif isinstance(event, Advanced):
            self._progress.update(self._task, total=1.0, completed=event.share)

    def finish(self) -> None:
        """Take the bar away, so that what is printed next stands by itself."""
        self._progress.remove_task(self._task)
        if not self._progress.tasks:
            self._progress.stop()


@contextmanager
def watching(progress: Progress, name: str) -> Iterator[Wires]:
    """A bar for one deed, for as long as the block lasts."""
    watcher = Watcher(progress, name)
    try:
        yield Wires(on_event=watcher)
    finally:
        watcher.finish()


class Downloads:
    """Shows a download as a bar."""

    def __init__(self, progress: Progress) -> None:
        self._progress = progress
        self._tasks: dict[str, TaskID] = {}

    def __call__(self, done: int, total: int, file: str) -> None:
        """Show how far a file has come."""
        if file not in self._tasks:
            self._tasks[file] = self._progress.add_task(file, total=total or None, stage="fetching")
        self._progress.update(self._tasks[file], completed=done, total=total or None)
        if total and done >= total:
            self._progress.remove_task(self._tasks.pop(file))


@contextmanager
def show_progress(*, wanted: bool, bytes_too: bool = False) -> Iterator[Progress]:
    """A place for bars on stderr; empty where stderr is no terminal or nobody wants them."""
    console = Console(stderr=True)
    columns = [
        TextColumn("{task.description}", markup=False),
        BarColumn(),
        TextColumn("{task.fields[stage]}", markup=False),
        *([DownloadColumn()] if bytes_too else []),
        TimeRemainingColumn(),
    ]
    progress = Progress(
        *columns, console=console, transient=True, disable=not (wanted and console.is_terminal)
    )
    with progress:
        yield progress
