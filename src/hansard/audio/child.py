"""The nursery: a process that has the decoder loaded and forks a child for each foreign file.

    request on stdin -> fork -> limits -> confinement -> probe or decode -> answers -> gone

It is started by `hansard.audio.foreign` and ends with it: at the end of its stdin, a socket, it
kills its children and itself. It has one thread, no secrets, and reads no media.
"""

import errno
import gc
import io
import os
import selectors
import signal
import socket
import tempfile
from contextlib import suppress

from hansard.audio import wav
from hansard.audio.child_messages import (
    LONGEST_LINE,
    Ended,
    Failed,
    Lines,
    Ready,
    Request,
    pack,
    read_request,
)
from hansard.audio.child_work import Child, live
from hansard.audio.confinement import leave
from hansard.audio.media import open_sound
from hansard.audio.names import printable
from hansard.audio.sound import SAMPLE_RATE
from hansard.errors import DecoderEndedError, OutputError, UnreadableMediaError
from hansard.storage.files import temporary_folder

_MOST_DESCRIPTORS = 16


def main() -> None:
    """Serves requests until stdin ends."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # a Ctrl-C is for the caller
    link = socket.socket(fileno=os.dup(0))
    _warm_up()
    nursery = _Nursery(link, _nameless_folder(), leave())
    gc.collect()
    gc.freeze()  # so that a child's collections do not copy its parent's pages
    nursery.run()


class _Nursery:
    """Takes requests, forks children, tells how they ended."""

    def __init__(self, link: socket.socket, nowhere: int, left: tuple[str, ...]) -> None:
        self._link = link
        self._nowhere = nowhere
        self._left = left
        self._null = os.open(os.devnull, os.O_RDWR)
        self._lines = Lines()
        self._descriptors: list[int] = []
        self._children: dict[int, socket.socket] = {}
        self._selector = selectors.DefaultSelector()

    def run(self) -> None:
        """Serves until the link ends; then no child is left."""
        alarms, alarm = socket.socketpair()
        alarms.setblocking(False)
        alarm.setblocking(False)
        signal.signal(signal.SIGCHLD, lambda *_: None)
        signal.set_wakeup_fd(alarm.fileno(), warn_on_full_buffer=False)
        self._selector.register(self._link, selectors.EVENT_READ)
        self._selector.register(alarms, selectors.EVENT_READ)
        self._link.sendall(pack(Ready()))
        while self._turn(alarms):
            pass
        for pid in self._children:
            os.kill(pid, signal.SIGKILL)
        for pid in self._children:
            os.waitpid(pid, 0)

    def _turn(self, alarms: socket.socket) -> bool:
        """Waits for news and sees to it; False when the link has ended."""
        for key, _ in self._selector.select():
            if key.fileobj is self._link:
                if not self._listen():
                    return False
            elif key.fileobj is alarms:
                with suppress(BlockingIOError):
                    alarms.recv(4096)
            else:  # a caller says nothing on an answers' socket: it has closed it
                self._selector.unregister(key.fileobj)
                if key.data in self._children:
                    os.kill(key.data, signal.SIGKILL)
        self._reap()
        return True

    def _listen(self) -> bool:
        try:
            data, descriptors, _, _ = socket.recv_fds(self._link, LONGEST_LINE, _MOST_DESCRIPTORS)
        except ConnectionResetError:
            return False
        self._descriptors += descriptors
        for line in self._lines.feed(data):
            self._bear(read_request(line))
        return bool(data)

    def _bear(self, request: Request) -> None:
        """Forks the child for a request."""
        answers = socket.socket(fileno=self._descriptors.pop(0))
        media = self._descriptors.pop(0)
        folder = self._nowhere if request.options is None else self._descriptors.pop(0)
        child = Child(request, answers, media, folder, os.getpid(), self._left)
        try:
            pid = os.fork()
        except OSError as error:
            message = f"no process can be started: {error.strerror or error}"
            answers.sendall(pack(Failed(DecoderEndedError.code, message)))
            answers.close()
        else:
            if pid == 0:
                live(child, self._null)
            self._children[pid] = answers
            self._selector.register(answers, selectors.EVENT_READ, pid)
        os.close(media)
        if folder != self._nowhere:
            os.close(folder)

    def _reap(self) -> None:
        while self._children:
            pid, status = os.waitpid(-1, os.WNOHANG)
            if pid == 0:
                return
            answers = self._children.pop(pid)
            with suppress(KeyError):
                self._selector.unregister(answers)
            with suppress(OSError):  # the caller is gone, or does not listen
                code = os.waitstatus_to_exitcode(status)
                answers.sendmsg([pack(Ended(code))], [], socket.MSG_DONTWAIT)
            answers.close()


def _nameless_folder() -> int:
    """The descriptor of an empty folder that no path leads to any more."""
    path = tempfile.mkdtemp(prefix="hansard-nursery-")
    try:
        return os.open(path, os.O_RDONLY)
    finally:
        os.rmdir(path)  # noqa: PTH106 - made by that name


def _warm_up() -> None:
    """Decodes a little, so that all that is ever loaded is loaded before there is no disk."""
    printable("\u202e\udcff\n")
    os.strerror(errno.ENOMEM)
    sound = wav.header(SAMPLE_RATE, SAMPLE_RATE) + bytes(2 * SAMPLE_RATE)
    with temporary_folder("hansard-nursery-") as folder:
        for content in (sound, b"text", bytes(5000)):
            with suppress(UnreadableMediaError, OutputError):  # the disk may be full just now
                open_sound(io.BytesIO(content), folder)


if __name__ == "__main__":
    main()
