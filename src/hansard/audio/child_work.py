"""A child: the process that reads one foreign file, from its birth to its end."""

import math
import os
import signal
import socket
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Never

from hansard.audio.child_limits import ChildLimits
from hansard.audio.child_messages import (
    Answer,
    Decoded,
    Failed,
    Hello,
    Probed,
    Progress,
    Request,
    Secluded,
    brief,
    brief_notes,
    pack,
)
from hansard.audio.confinement import confine, die_with, limit
from hansard.audio.media import open_sound, probe
from hansard.audio.options import AudioOptions
from hansard.errors import HansardError
from hansard.transcript.spans import Seconds

_HIGHEST_DESCRIPTOR = 1 << 16
_BETWEEN_TELLS: Seconds = 0.2
"""Progress is told no oftener than this."""
_NO_MEMORY = pack(Failed("memory", "out of memory"))
"""Made while there is memory."""


@dataclass(frozen=True, slots=True)
class Child:
    """What a child is born with."""

    request: Request
    answers: socket.socket
    media: int
    folder: int
    nursery: int
    """The process id of its parent."""
    left: tuple[str, ...]
    """What the nursery gave up before."""

    def say(self, answer: Answer) -> None:
        """Tells the caller something."""
        self.answers.sendall(pack(answer))


def live(child: Child, null: int) -> Never:
    """The whole life of a child."""
    code = 1
    try:
        signal.set_wakeup_fd(-1)
        signal.signal(signal.SIGCHLD, signal.SIG_DFL)
        _close_others(child, null)
        _greet(child)
        _settle(child)
        child.say(_work(child))
        code = 0
    except HansardError as error:
        child.say(Failed(error.code, str(error), error.hint))
        code = 0
    except MemoryError:
        child.answers.sendall(_NO_MEMORY)
        code = 0
    except Exception as error:  # noqa: BLE001 - whatever it is, the caller is told
        child.say(Failed("unforeseen", f"{type(error).__name__}: {error}"[:500]))
    finally:
        os._exit(code)


def _close_others(child: Child, null: int) -> None:
    for standard in (0, 1, 2):
        os.dup2(null, standard)
    first = 3
    for mine in sorted({child.answers.fileno(), child.media, child.folder}):
        os.closerange(first, mine)
        first = mine + 1
    os.closerange(first, _HIGHEST_DESCRIPTOR)


def _greet(child: Child) -> None:
    """Says hello, with a handle by which this very process can be killed."""
    hello = [pack(Hello(os.getpid()))]
    try:
        handle = os.pidfd_open(os.getpid())
    except (AttributeError, OSError):
        child.answers.sendmsg(hello)
        return
    socket.send_fds(child.answers, hello, [handle])
    os.close(handle)


def _settle(child: Child) -> None:
    """Bounds and confines this process."""
    request = child.request
    longest = request.options.max_duration if request.options else 0.0
    cpu = math.ceil(request.limits.wall(longest))
    _Clock(request.limits).allow(0.0)
    limit(request.limits, largest=request.largest, cpu_seconds=cpu)
    confined = confine(child.folder, writable=request.options is not None)
    os.close(child.folder)
    die_with(child.nursery)  # last, as a change of rights would undo it
    child.say(Secluded((*child.left, *confined)))


class _Clock:
    """Ends this process when it takes too long, even inside a call that never returns."""

    def __init__(self, limits: ChildLimits) -> None:
        self._limits = limits
        self._born = time.monotonic()

    def allow(self, length: Seconds) -> None:
        """Allows as long as a recording of this length may take."""
        left = self._born + self._limits.wall(length) - time.monotonic()
        signal.setitimer(signal.ITIMER_REAL, max(left, 0.001))


def _work(child: Child) -> Probed | Decoded:
    options = child.request.options
    with open(child.media, "rb", buffering=0) as file:  # noqa: PTH123 - a descriptor
        file.name = child.request.shown
        if options is None:
            return Probed(brief(probe(file)))
        teller = _Teller(child, options)
        if options.clip:  # before a far clip nothing is told, so the length is looked up
            teller.allow(probe(file).duration or 0.0)
        opened = open_sound(file, Path(), options, on_progress=teller.hear)
    teller.finish()
    sound = opened.sound
    return Decoded(brief(opened.info), sound.samples, sound.start, brief_notes(opened.notes))


class _Teller:
    """Passes progress on now and then, and lets long recordings take longer."""

    def __init__(self, child: Child, options: AudioOptions) -> None:
        self._child = child
        self._clock = _Clock(child.request.limits)
        self._longest = options.max_duration
        self._declared: Seconds = 0.0
        self._next = 0.0
        self._waiting: Progress | None = None

    def hear(self, position: Seconds, total: Seconds | None) -> None:
        self._waiting = Progress(position, total)
        now = time.monotonic()
        if now >= self._next:
            self._next = now + _BETWEEN_TELLS
            # A header may say nothing, or too little: what has been decoded counts as well.
            self.allow(max(position, total or 0.0))
            self.finish()

    def finish(self) -> None:
        """Tells what has not been told."""
        if self._waiting:
            self._child.say(self._waiting)
            self._waiting = None

    def allow(self, length: Seconds) -> None:
        """Lets this process live as long as a recording of this length may take."""
        self._declared = max(self._declared, length)
        self._clock.allow(min(self._declared, self._longest))
