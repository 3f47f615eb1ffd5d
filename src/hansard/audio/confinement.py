"""Giving up rights: what a process does to itself before it touches a stranger's file.

Linux only, by system calls that need no privileges where the kernel and the container allow them;
what is not allowed is left out, and each function says what it achieved. Sources: landlock(7),
user_namespaces(7), capabilities(7), prctl(2), setrlimit(2).

    no-network          a network of its own, without a way out
    no-processes        it may start neither processes nor threads
    no-new-privileges   no program that it ran could have more rights
    empty-root          one folder is its whole file system
    landlock            it may open nothing, except to make and remove files in that folder
    no-tcp              no TCP, even where the network is shared
    no-signals          it reaches no other process by signals or abstract sockets
    no-capabilities     nothing of root's power
    private-memory      other processes of the same user may not look into it
"""

import ctypes
import os
import resource
import signal
import struct
import sys
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

from hansard.audio.child_limits import ChildLimits

_CLONE_NEWUSER = 0x1000_0000
_CLONE_NEWNET = 0x4000_0000
_PR_SET_PDEATHSIG = 1
_PR_SET_DUMPABLE = 4
_PR_SET_NO_NEW_PRIVS = 38
_CAPABILITY_VERSION_3 = 0x2008_0522

_LANDLOCK_CREATE_RULESET, _LANDLOCK_ADD_RULE, _LANDLOCK_RESTRICT_SELF = 444, 445, 446
_CREATE_RULESET_VERSION = 1
_RULE_PATH_BENEATH = 1
_WRITE_FILE, _READ_FILE, _REMOVE_FILE = 1 << 1, 1 << 2, 1 << 5
_MAKE_REG, _TRUNCATE = 1 << 8, 1 << 14
_FILE_RIGHTS = ((1, 13), (2, 14), (3, 15), (5, 16))
"""From which version of Landlock on there are how many rights."""
_TCP = 0b11
_SCOPES = 0b11
_TCP_SINCE, _SCOPES_SINCE = 4, 6


def leave() -> tuple[str, ...]:
    """What can be given up once, before children are forked; says what was.

    The process must have one thread only.
    """
    if sys.platform != "linux":
        return ()
    achieved = [] if os.getuid() == 0 else ["no-processes"]  # root is exempt from that limit
    libc = _libc()
    # Root needs no user namespace, and would lose the power to give its power up.
    for flags in (_CLONE_NEWNET, _CLONE_NEWUSER | _CLONE_NEWNET):
        if libc.unshare(flags) == 0:
            return (*achieved, "no-network")
    return tuple(achieved)


def limit(limits: ChildLimits, *, largest: int, cpu_seconds: int) -> None:
    """Bounds what this process may use, for good; `largest` is the size of a file in bytes."""
    with suppress(OSError):  # where memory runs out all the same, it is this process that pays
        Path("/proc/self/oom_score_adj").write_text("1000", encoding="ascii")
    _lower(resource.RLIMIT_CORE, 0)
    if sys.platform != "darwin":  # which has the name only
        _lower(resource.RLIMIT_AS, limits.memory_mb << 20)
    _lower(resource.RLIMIT_CPU, cpu_seconds, spare=1)  # at the very end comes a bare SIGKILL
    _lower(resource.RLIMIT_FSIZE, largest)
    _lower(resource.RLIMIT_NOFILE, limits.files)
    _lower(resource.RLIMIT_NPROC, 0)
    signal.signal(signal.SIGXFSZ, signal.SIG_DFL)  # which Python ignores
    os.nice(limits.niceness)


def confine(folder: int, *, writable: bool) -> tuple[str, ...]:
    """Leaves this process nothing but its open descriptors; says what was achieved.

    `folder` is the descriptor of the folder that it ends up in. Files may be made there, by this
    process with its present user, if it is `writable`.
    """
    os.fchdir(folder)
    if sys.platform != "linux":
        return ()
    return tuple(_give_up(_libc(), folder, writable=writable))


def die_with(parent: int) -> None:
    """Has the kernel kill this process when its parent, the process `parent`, ends."""
    if sys.platform == "linux":
        _libc().prctl(_PR_SET_PDEATHSIG, signal.SIGKILL, 0, 0, 0)
    if os.getppid() != parent:
        os._exit(1)


def _give_up(libc: ctypes.CDLL, folder: int, *, writable: bool) -> Iterator[str]:
    if libc.prctl(_PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0:
        yield "no-new-privileges"
    if libc.chroot(b".") == 0:
        yield "empty-root"
    yield from _landlock(libc, folder, writable=writable)
    header = struct.pack("=Ii", _CAPABILITY_VERSION_3, 0)
    if libc.capset(header, bytes(24)) == 0:
        yield "no-capabilities"
    if libc.prctl(_PR_SET_DUMPABLE, 0, 0, 0, 0) == 0:
        yield "private-memory"


def _landlock(libc: ctypes.CDLL, folder: int, *, writable: bool) -> tuple[str, ...]:
    version = libc.syscall(
        _LANDLOCK_CREATE_RULESET, None, ctypes.c_size_t(0), _CREATE_RULESET_VERSION
    )
    if version < 1:
        return ()
    rights = (1 << max(count for since, count in _FILE_RIGHTS if since <= version)) - 1
    words = [rights] + [_TCP] * (version >= _TCP_SINCE) + [_SCOPES] * (version >= _SCOPES_SINCE)
    asked = struct.pack(f"={len(words)}Q", *words)
    rules = libc.syscall(_LANDLOCK_CREATE_RULESET, asked, ctypes.c_size_t(len(asked)), 0)
    if rules < 0:
        return ()
    if writable:
        allowed = (_WRITE_FILE | _READ_FILE | _REMOVE_FILE | _MAKE_REG | _TRUNCATE) & rights
        rule = struct.pack("=Qi", allowed, folder)
        libc.syscall(_LANDLOCK_ADD_RULE, rules, _RULE_PATH_BENEATH, rule, 0)
    failed = libc.syscall(_LANDLOCK_RESTRICT_SELF, rules, 0)
    os.close(rules)
    return () if failed else ("landlock", "no-tcp", "no-signals")[: len(words)]


def _lower(kind: int, wanted: int, spare: int = 0) -> None:
    _, most = resource.getrlimit(kind)
    if most == resource.RLIM_INFINITY:
        most = wanted + spare
    resource.setrlimit(kind, (min(wanted, most), min(wanted + spare, most)))


def _libc() -> ctypes.CDLL:
    return ctypes.CDLL(None, use_errno=True)
