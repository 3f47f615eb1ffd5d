"""The parts of a deployment that can be run without containers: Redis' users, health, proxies."""

import asyncio
import base64
import json
import os
import re
import shutil
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import aclosing, closing, contextmanager
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from uuid import uuid4

import pytest
from redis import Redis
from redis.backoff import NoBackoff
from redis.exceptions import AuthenticationError, NoPermissionError, RedisError
from redis.retry import Retry

from hansard.jobs import rules, webhooks
from hansard.jobs.ledger import Claimant
from hansard.jobs.redis import RedisLedger
from hansard.jobs.redis_bell import RedisBell
from hansard.jobs.values import Job, Result, State, WorkerNote
from hansard.server.keys import read_key_file
from hansard.testing.redis_server import find_redis_server

ROOT = Path(__file__).parents[2]
PASSWORD, LOOKER = "0123456789abcdef$' \"#", "only-for-those-who-look"
HEALTH = ROOT / "deploy" / "health.py"

needs_redis = pytest.mark.skipif(
    find_redis_server() is None, reason="redis-server is not installed"
)


@contextmanager
def queue(folder: Path, port: int) -> Iterator[subprocess.Popen[bytes]]:
    """Redis as compose starts it, but for its port and folder."""
    folder.mkdir(exist_ok=True)
    secrets = {"REDIS_PASSWORD": PASSWORD, "REDIS_DASHBOARD_PASSWORD": LOOKER}
    place = ["--port", str(port), "--dir", str(folder), "--bind", "127.0.0.1"]
    with (folder / "log").open("ab") as log:
        process = subprocess.Popen(
            ["sh", ROOT / "deploy/redis-start.sh", *place],
            env={"PATH": os.environ["PATH"], **secrets}, stdout=log, stderr=log,
        )  # fmt: skip
    try:
        await_redis(process, port)
        yield process
    finally:
        process.kill()
        process.wait()


def await_redis(process: subprocess.Popen[bytes], port: int) -> None:
    while process.poll() is None:
        try:
            with closing(client(port, "hansard", PASSWORD)) as redis:
                redis.ping()
        except RedisError:
            time.sleep(0.02)
        else:
            return
    pytest.fail("redis-server ended")


def client(port: int, user: str | None, password: str | None) -> Redis:
    once = Retry(NoBackoff(), 0)
    return Redis("127.0.0.1", port, username=user, password=password, retry=once)


def url(port: int) -> str:
    return f"redis://hansard:0123456789abcdef%24%27%20%22%23@127.0.0.1:{port}/0"


@pytest.fixture
def port() -> int:
    with closing(socket.socket()) as probe:
        probe.bind(("127.0.0.1", 0))
        found: int = probe.getsockname()[1]
        return found


@needs_redis
def test_the_queue_lets_in_who_has_a_password(tmp_path: Path, port: int) -> None:
    """Nobody gets in without one, and the service's user may neither empty nor set it up anew."""
    with queue(tmp_path / "q", port), closing(client(port, "hansard", PASSWORD)) as own:
        with closing(client(port, None, None)) as nobody, pytest.raises(AuthenticationError):
            nobody.ping()
        guess = client(port, "hansard", "wrong")
        with closing(guess) as guesser, pytest.raises(AuthenticationError):
            guesser.ping()
        for words in ("FLUSHALL", "CONFIG SET appendfsync no", "SET other 1", "SHUTDOWN", "KEYS *"):
            with pytest.raises(NoPermissionError):
                own.execute_command(*words.split())
        assert own.config_get("appendfsync") == {"appendfsync": "always"}
        assert own.config_get("maxmemory-policy") == {"maxmemory-policy": "noeviction"}


@needs_redis
def test_the_service_finds_its_rights_enough(
    tmp_path: Path, port: int, caplog: pytest.LogCaptureFixture
) -> None:
    """Ledger and bell do all that they do as that user, and find the server set up as they want."""
    job = Job(id=str(uuid4()), kind="transcribe", owner="a", idempotency_key="k", fingerprint="f")
    with queue(tmp_path / "q", port), closing(RedisLedger(url(port))) as ledger:
        assert ledger.submit(job, most_queued=5)[1]
        with (
            closing(RedisBell(url(port), "door")) as door,
            closing(RedisBell(url(port), "worker")) as worker,
        ):
            door.ring(job.id)
            assert asyncio.run(first_ring(worker)) == job.id
        ledger.greet(WorkerNote(name="w", started=0.0))
        claimed = ledger.claim(Claimant(worker="w", slots=1))
        assert claimed is not None
        assert claimed.lease is not None
        token = claimed.lease.token
        ledger.change(job.id, rules.renew(token, 5))
        assert (ledger.sweep(), ledger.expired(), ledger.pending_webhooks()) == ([], [], [])
        assert (ledger.count().running, len(ledger.list()), ledger.ahead(job).jobs) == (1, 1, 0)
        result = Result(key="k", sha256="s", size=1)
        ended = ledger.change(job.id, rules.complete(token, result, expires_in=None))
        assert ended.state is State.COMPLETE
        ledger.delete(job.id)
        ledger.leave("w")
    assert [record.getMessage() for record in caplog.records if record.levelname == "WARNING"] == []


async def first_ring(bell: RedisBell) -> str:
    async with aclosing(bell.listen()) as rings:  # type: ignore[type-var]
        async for ring in rings:
            if ring:
                return ring
    return ""


@needs_redis
def test_the_dashboards_user_may_only_look(tmp_path: Path, port: int) -> None:
    """It reads RQ's own keys, none of the ledger's, and changes nothing."""
    with queue(tmp_path / "q", port), closing(client(port, "dashboard", LOOKER)) as looker:
        assert looker.smembers("rq:queues") == set()
        for words in ("SADD rq:queues x", "DEL rq:queues", "GET hansard:x", "FLUSHALL"):
            with pytest.raises(NoPermissionError):
                looker.execute_command(*words.split())


@needs_redis
def test_what_the_queue_acknowledged_survives(tmp_path: Path, port: int) -> None:
    """After SIGKILL it is there again; so it is in a copy of its folder that was made at rest."""
    job = Job(id=str(uuid4()), kind="transcribe", owner="a", fingerprint="f")
    with queue(tmp_path / "q", port), closing(RedisLedger(url(port))) as ledger:
        ledger.submit(job, most_queued=5)
    shutil.copytree(tmp_path / "q", tmp_path / "copy")
    for folder in ("q", "copy"):
        with queue(tmp_path / folder, port), closing(RedisLedger(url(port))) as ledger:
            assert ledger.find(job.id).state is State.QUEUED


@needs_redis
def test_passwords_stay_where_they_are(tmp_path: Path, port: int) -> None:
    """Neither its arguments, its environment nor its log show them to others."""
    with queue(tmp_path / "q", port) as process:
        shown = [Path(f"/proc/{process.pid}/{name}") for name in ("cmdline", "environ")]
        for place in (*shown, tmp_path / "q" / "log"):
            assert PASSWORD.encode() not in place.read_bytes()
            assert LOOKER.encode() not in place.read_bytes()


def test_a_short_password_is_refused(tmp_path: Path) -> None:
    """Redis is not started with a password that can be guessed."""
    done = subprocess.run(
        ["sh", ROOT / "deploy/redis-start.sh"], cwd=tmp_path, capture_output=True, text=True,
        env={"PATH": os.environ["PATH"], "REDIS_PASSWORD": "short"}, check=False,
    )  # fmt: skip
    assert done.returncode == 1
    assert "fewer than 16 characters" in done.stderr


@contextmanager
def door(answers: Mapping[str, int]) -> Iterator[int]:
    """Something that answers each path with a status, else 404; gives its port."""

    class Answers(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(answers.get(self.path, 404))
            self.send_header("Content-Length", "0")
            self.end_headers()

        def log_message(self, *_: object) -> None:
            return

    with HTTPServer(("127.0.0.1", 0), Answers) as server:
        thread = threading.Thread(target=server.serve_forever, args=(0.02,))
        thread.start()
        try:
            yield server.server_port
        finally:
            server.shutdown()
            thread.join()


def health(**settings: str) -> tuple[int, str]:
    """The exit code of the check, and what it says."""
    kept = {n: v for n, v in os.environ.items() if not n.upper().startswith("HANSARD_")}
    own = {f"HANSARD_{name.upper()}": value for name, value in settings.items()}
    done = subprocess.run(
        [sys.executable, HEALTH], env={**kept, **own}, cwd="/", capture_output=True, text=True,
        check=False,
    )  # fmt: skip
    return done.returncode, done.stderr


def one_liner(port: int) -> tuple[int, str]:
    """The same for the check that the image of the door has in its HEALTHCHECK."""
    text = (ROOT / "Dockerfile").read_text(encoding="utf-8")
    line = next(line for line in text.splitlines() if "'/livez'" in line)
    words: list[str] = json.loads(line.strip().removeprefix("CMD "))
    done = subprocess.run(
        [sys.executable, *words[1:-1], words[-1].replace("8000", str(port))],
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    return done.returncode, done.stderr


@pytest.mark.parametrize(
    "check", [one_liner, lambda port: health(port=str(port))], ids=["the door's", "health.py"]
)
def test_a_door_is_well_while_it_answers(check: Callable[[int], tuple[int, str]]) -> None:
    """The checks of the images agree: 200 is well; another status, or nobody there, is not."""
    with door({"/livez": 200}) as port:
        assert check(port) == (0, "")
    with door({"/livez": 503}) as port:
        assert check(port)[0] == 1
    assert check(port)[0] == 1


@needs_redis
def test_a_worker_is_well_while_its_heart_beats(tmp_path: Path, port: int) -> None:
    """Only a fresh note of this very host that says ready counts; without Redis nothing does."""
    name = f"{socket.gethostname()}-1-abcdef"
    with queue(tmp_path / "q", port), closing(RedisLedger(url(port))) as ledger:
        ledger.greet(WorkerNote(name="elsewhere-1-abcdef", started=0.0, ready=True))
        ledger.greet(WorkerNote(name=name, started=0.0, ready=False))
        assert health(redis_url=url(port)) == (1, "there is no heartbeat\n")
        ledger.greet(WorkerNote(name=name, started=0.0, ready=True))
        assert health(redis_url=url(port)) == (0, "")
    code, said = health(redis_url=url(port))
    assert code == 1
    assert "0123456789abcdef" not in said


def test_the_pages_check_of_webhooks_is_right() -> None:
    """What operate.md shows to receivers accepts genuine messages, and no others."""
    page = (ROOT / "docs/how-to/operate.md").read_text(encoding="utf-8")
    code = re.search(r"^```py\n(.*?)^```", page, re.MULTILINE | re.DOTALL)
    assert code is not None
    shown: dict[str, Callable[[str, Mapping[str, str], bytes], bool]] = {}
    exec(code[1], shown)  # noqa: S102 - our own page
    secret, body, now = webhooks.new_secret(), b'{"type": "task.complete"}', int(time.time())
    signature = webhooks.sign(secret, "msg_1", now, body)
    good = {
        "webhook-id": "msg_1",
        "webhook-timestamp": str(now),
        "webhook-signature": f"v1,other {signature}",
    }
    assert shown["is_genuine"](secret, good, body)
    old = {"webhook-timestamp": str(now - 1000)}
    for bad in ({"webhook-id": "msg_2"}, {"webhook-signature": "v1,x"}, old):
        assert not shown["is_genuine"](secret, good | bad, body)
    assert not shown["is_genuine"](secret, good, body + b" ")
    assert not shown["is_genuine"](webhooks.new_secret(), good, body)
    assert not shown["is_genuine"](secret, {}, body)


def test_the_page_tells_how_a_file_keys_webhooks_are_signed(tmp_path: Path) -> None:
    """The HMAC that operate.md names is the secret of a key of the key file."""
    text = "a-key-of-the-key-file-4711"
    (tmp_path / "keys").write_text(f"ops:{text}\n", encoding="utf-8")
    (key,) = read_key_file(tmp_path / "keys")
    command = ["openssl", "dgst", "-sha256", "-hmac", text, "-binary"]
    if shutil.which("openssl") is None:
        pytest.skip("openssl is not installed")
    done = subprocess.run(command, input=b"hansard webhook", capture_output=True, check=True)
    assert key.webhook_secret == "whsec_" + base64.b64encode(done.stdout).decode()


@pytest.mark.parametrize("name", ["Caddyfile", "dashboard.Caddyfile"])
def test_the_proxy_reads_its_files(name: str, tmp_path: Path) -> None:
    """Where a Caddy is installed that knows `basic_auth` (2.8), it accepts the file."""
    caddy = shutil.which("caddy")
    if caddy is None:
        pytest.skip("caddy is not installed")
    version = subprocess.run([caddy, "version"], capture_output=True, text=True, check=True).stdout
    if [int(n) for n in re.findall(r"\d+", version)[:2]] < [2, 8]:
        pytest.skip(f"caddy {version.split()[0]} is older than 2.8")
    given = {"DASHBOARD_USER": "op", "DASHBOARD_HASH": "$2a$14$" + "x" * 53, "HOME": str(tmp_path)}
    words = ["validate", "--adapter", "caddyfile", "--config", str(ROOT / "deploy" / name)]
    done = subprocess.run(
        [caddy, *words], env={**os.environ, **given}, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
