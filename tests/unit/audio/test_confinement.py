"""What a process can still do after it has given up its rights: real processes that try."""

import json
import os
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="these are walls of Linux")

CANARY = """
import ctypes, json, os, signal, socket, subprocess, sys
from hansard.audio.child_limits import ChildLimits
from hansard.audio.confinement import confine, leave, limit
room, secret, port, unix, user, parent = sys.argv[1:]
"x".encode("idna")  # which sockets load when there is still a disk
folder, media = os.open(room, os.O_RDONLY), os.open(secret, os.O_RDONLY)
if user == "nobody":
    os.setgroups([]); os.setresgid(65534, 65534, 65534); os.setresuid(65534, 65534, 65534)

def attempt(deed):
    try:
        deed()
    except OSError as error:
        return type(error).__name__
    return "done"

def fork():
    pid = os.fork()
    if pid == 0:
        os._exit(0)
    os.waitpid(pid, 0)

def swap_root():
    if ctypes.CDLL(None, use_errno=True).unshare(0x10000000):
        raise OSError

def write():
    handle = os.open("mine", os.O_RDWR | os.O_CREAT | os.O_EXCL)
    os.write(handle, b"sound"); os.ftruncate(handle, 2); os.close(handle)

confined = leave()
limit(ChildLimits(), largest=1 << 20, cpu_seconds=60)
confined += confine(folder, writable=sys.argv[0] != "probe")
os.close(folder)
deeds = {
    "open": lambda: os.open(secret, os.O_RDONLY),
    "open system": lambda: os.open("/etc/hostname", os.O_RDONLY),
    "open process": lambda: os.open("/proc/self/maps", os.O_RDONLY),
    "list": lambda: os.listdir("/"),
    "write beside": lambda: os.open(secret + ".copy", os.O_WRONLY | os.O_CREAT),
    "remove": lambda: os.unlink(secret),
    "exec": lambda: os.execv("/bin/true", ["true"]),
    "connect": lambda: socket.create_connection(("127.0.0.1", int(port)), timeout=5),
    "send datagram": lambda: socket.socket(socket.AF_INET, socket.SOCK_DGRAM).sendto(
        b"x", ("127.0.0.1", int(port))),
    "connect by path": lambda: socket.socket(socket.AF_UNIX).connect(unix),
    "connect by name": lambda: socket.socket(socket.AF_UNIX).connect("\\0" + unix),
    "make a link": lambda: os.symlink("/etc/passwd", "link"),
    "make a folder": lambda: os.mkdir("folder"),
    "signal": lambda: os.kill(int(parent), 0),
    "fork": fork,
    "new namespace": swap_root,
    "become": lambda: os.setuid(12345),
    "read": lambda: os.read(media, 6),
    "write": write,
}
print(json.dumps([confined, {name: attempt(deed) for name, deed in deeds.items()}]))
"""
"""A program that confines itself, tries this and that, and prints what came of it."""

WALLS = {
    "open": ("landlock", "empty-root"),
    "open system": ("landlock", "empty-root"),
    "open process": ("landlock", "empty-root"),
    "list": ("landlock",),
    "write beside": ("landlock", "empty-root"),
    "remove": ("landlock", "empty-root"),
    "exec": ("landlock", "empty-root"),
    "connect": ("no-network", "no-tcp"),
    "send datagram": ("no-network",),
    "connect by path": ("empty-root",),
    "connect by name": ("no-network", "no-signals"),
    "make a link": ("landlock",),
    "make a folder": ("landlock",),
    "signal": ("no-signals",),
    "fork": ("no-processes",),
    "new namespace": ("empty-root",),
    "become": ("no-capabilities",),
}
"""For each deed the walls of which one is enough."""


@pytest.fixture
def servers(tmp_path: Path) -> Iterator[tuple[str, str]]:
    """The port and the path of sockets that accept connections."""
    path = str(tmp_path / "socket")
    with (
        socket.create_server(("127.0.0.1", 0)) as tcp,
        socket.socket(socket.AF_UNIX) as unix,
        socket.socket(socket.AF_UNIX) as named,
    ):
        unix.bind(path)
        unix.listen()
        named.bind("\0" + path)
        named.listen()
        Path(path).chmod(0o777)
        yield str(tcp.getsockname()[1]), path


def _try(
    tmp_path: Path, servers: tuple[str, str], user: str, kind: str = "decode"
) -> tuple[list[str], dict[str, str]]:
    if user == "nobody" and os.geteuid() != 0:
        pytest.skip("only root can become somebody else")
    secret = tmp_path / "secret"
    secret.write_bytes(b"secret")
    room = tmp_path / "room"
    room.mkdir()
    room.chmod(0o777)
    program = f"import sys; sys.argv[0] = {kind!r}\n" + CANARY
    done = subprocess.run(
        [sys.executable, "-c", program, room, secret, *servers, user, str(os.getpid())],
        capture_output=True, text=True, check=True, env={"OPENBLAS_NUM_THREADS": "1"},
    )  # fmt: skip
    assert secret.read_bytes() == b"secret"
    confined, outcomes = json.loads(done.stdout)
    return confined, outcomes


@pytest.mark.parametrize("user", ["me", "nobody"])
def test_a_confined_process_can_do_next_to_nothing(
    tmp_path: Path, servers: tuple[str, str], user: str
) -> None:
    """Each deed fails that one of the achieved walls forbids; reading and writing go on."""
    confined, outcomes = _try(tmp_path, servers, user)
    forbidden = {deed for deed, walls in WALLS.items() if set(walls) & set(confined)}
    assert {deed for deed in forbidden if outcomes[deed] == "done"} == set()
    assert outcomes["read"] == outcomes["write"] == "done"
    assert {each.name for each in (tmp_path / "room").iterdir()} <= {"mine", "link", "folder"}
    assert (tmp_path / "room" / "mine").read_bytes() == b"so"


def test_what_only_probes_may_not_write(tmp_path: Path, servers: tuple[str, str]) -> None:
    """Where the folder is not writable nothing can be made in it."""
    confined, outcomes = _try(tmp_path, servers, "me", "probe")
    if "landlock" not in confined:
        pytest.skip("this kernel has no Landlock")
    assert outcomes["write"] == "PermissionError"
    assert outcomes["read"] == "done"
    assert not list((tmp_path / "room").iterdir())


def test_the_same_deeds_succeed_without_walls(tmp_path: Path, servers: tuple[str, str]) -> None:
    """What the canary tries is possible for a process that is not confined."""
    secret = tmp_path / "secret"
    secret.write_bytes(b"secret")
    port, path = servers
    with (
        socket.create_connection(("127.0.0.1", int(port))),
        socket.socket(socket.AF_UNIX) as unix,
        socket.socket(socket.AF_UNIX) as named,
    ):
        unix.connect(path)
        named.connect("\0" + path)
    os.close(os.open(secret, os.O_RDONLY))
    os.kill(os.getpid(), 0)
    subprocess.run(["/bin/true"], check=True)


def test_this_kernel_has_walls_or_says_so(tmp_path: Path, servers: tuple[str, str]) -> None:
    """New privileges are refused on every Linux, and no fact is told that has no meaning."""
    confined, _ = _try(tmp_path, servers, "me")
    assert "no-new-privileges" in confined
    assert len(set(confined)) == len(confined)
    assert set(confined) <= {wall for walls in WALLS.values() for wall in walls} | {
        "no-new-privileges", "private-memory",
    }  # fmt: skip


LIMITED = """
import os, resource, signal, sys
from hansard.audio.child_limits import ChildLimits
from hansard.audio.confinement import limit
os.chdir(sys.argv[1])
limit(ChildLimits(memory_mb=400, files=20), largest=100_000, cpu_seconds=1)
"""


@pytest.mark.parametrize(
    ("deed", "code", "said"),
    [
        ("try: bytearray(500 << 20)\nexcept MemoryError: print('no memory')", 0, "no memory"),
        ("len(bytearray(50 << 20)); print('enough')", 0, "enough"),
        ("while True: pass", -signal.SIGXCPU, ""),
        ("open('large', 'wb').write(bytes(100_001))", -signal.SIGXFSZ, ""),
        ("print(open('small', 'wb').write(bytes(100_000)))", 0, "100000"),
        ("try: [os.dup(0) for _ in range(40)]\nexcept OSError as e: print(e.errno)", 0, "24"),
        ("print(resource.getrlimit(resource.RLIMIT_CORE))", 0, "(0, 0)"),
        ("print(os.nice(0))", 0, "5"),
        ("print(open('/proc/self/oom_score_adj').read().strip())", 0, "1000"),
    ],
)
def test_limits_hold(tmp_path: Path, deed: str, code: int, said: str) -> None:
    """Memory, processor time, file sizes and open files are bounded."""
    started_at = os.nice(0)
    done = subprocess.run(
        [sys.executable, "-c", LIMITED + deed, tmp_path],
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == code
    expected = str(started_at + 5) if said == "5" else said
    assert done.stdout.strip() == expected


def test_a_lower_limit_that_was_there_stays(tmp_path: Path) -> None:
    """A system that allows less than the setting is not asked for more."""
    program = (
        "import resource; resource.setrlimit(resource.RLIMIT_NOFILE, (15, 15))\n"
        + LIMITED
        + "print(resource.getrlimit(resource.RLIMIT_NOFILE))"
    )
    done = subprocess.run(
        [sys.executable, "-c", program, tmp_path], capture_output=True, text=True, check=True
    )
    assert done.stdout.strip() == "(15, 15)"


def test_a_child_dies_with_its_parent(tmp_path: Path) -> None:
    """When the parent is killed, the kernel kills the child that asked for it."""
    program = (
        "import os, signal, time\n"
        "from hansard.audio.confinement import confine, die_with, leave\n"
        "leave()\n"
        "parent = os.getpid()\n"
        "if os.fork() == 0:\n"
        "    confine(os.open('.', os.O_RDONLY), writable=False)\n"
        "    die_with(parent)\n"
        "    print('ready', flush=True)\n"
        "    time.sleep(1000)\n"
        "signal.pause()\n"
    )
    with subprocess.Popen(
        [sys.executable, "-c", program], stdout=subprocess.PIPE, cwd=tmp_path
    ) as process:
        assert process.stdout
        assert process.stdout.readline() == b"ready\n"
        process.kill()
        assert process.stdout.read() == b""  # ends when the child, which holds it too, is gone
