"""Who may do what: every route against every kind of caller, over real sockets."""

import re
import socket
from collections.abc import Iterator
from dataclasses import replace

import httpx2
import msgspec
import pytest
from openai_bench import Bench, said, serving

from hansard.server.access import PUBLIC
from hansard.server.app import ROUTES
from hansard.server.keys import ALL_SCOPES, Key
from hansard.server.sessions import Sessions
from hansard.work.demonstrate import find_sample

NOTE = find_sample("note").path
DENIED = (401, 403)


def calls() -> Iterator[tuple[str, str, str]]:
    """Method, path and needed scope of every route, with ids that a test fills in."""
    for handler in ROUTES:
        for path in handler.paths:
            for method in sorted(handler.http_methods):
                plain = re.sub(r"\{name:\w+\}", "transcript.txt", path)
                plain = re.sub(
                    r"\{(task_id|file_id|ticket|template_id|model_id):\w+\}", r"{\1}", plain
                )
                yield method, plain, handler.opt.get("scope", "admin")


CALLS = sorted(set(calls()))
PROTECTED = [call for call in CALLS if call[2] != PUBLIC and call[0] != "OPTIONS"]


class Callers:
    """Keys of every kind."""

    def __init__(self, bench: Bench) -> None:
        self.bench = bench
        self.texts = {
            "owner": bench.keys.add("owner", scopes=["submit", "read"])[1],
            "other": bench.keys.add("other", scopes=["submit", "read"])[1],
            "reader": bench.keys.add("reader", owner="owner", scopes=["read"])[1],
            "writer": bench.keys.add("writer", owner="owner", scopes=["submit"])[1],
            "admin": bench.keys.add("admin", scopes=ALL_SCOPES)[1],
            "revoked": bench.keys.add("revoked", scopes=ALL_SCOPES)[1],
            "expired": bench.keys.add("expired", scopes=ALL_SCOPES, days=1)[1],
            "bad": "hk_0123456789ab_" + "x" * 43,
            "strange": "ključ",
        }
        bench.keys.revoke("revoked")
        self._expire("expired")

    def _expire(self, name: str) -> None:
        key = next(key for key in self.bench.keys.list() if key.name == name)
        ended = replace(key, expires=1.0)
        assert isinstance(ended, Key)
        self.bench.store.put(f"keys/{key.id}.json", msgspec.json.encode(ended))

    def client(self, who: str | None, **headers: str) -> httpx2.Client:
        own = {"X-API-Key": self.texts[who].encode()} if who else {}
        return httpx2.Client(
            base_url=self.bench.address,
            headers={**own, **{k: v.encode() for k, v in headers.items()}},  # type: ignore[arg-type]
            trust_env=False,
            timeout=30,
        )


@pytest.fixture(scope="module")
def bench(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Bench]:
    with serving(tmp_path_factory.mktemp("access"), auth=True) as running:
        yield running


@pytest.fixture(scope="module")
def callers(bench: Bench) -> Callers:
    return Callers(bench)


@pytest.fixture(scope="module")
def task(bench: Bench, callers: Callers) -> str:
    """A task of `owner` that is complete."""
    with callers.client("owner") as client:
        made = client.post("/v1/process", files={"file": ("a.ogg", NOTE.read_bytes())})
    assert made.status_code == 202, made.text
    bench.finish(bench.claim(), said("Hello."))
    return str(made.json()["task_id"])


def sessions_of(bench: Bench) -> Sessions:
    assert bench._server is not None
    found: Sessions = bench._server.config.app.state.desk.sessions  # type: ignore[union-attr]
    return found


def ask(client: httpx2.Client, call: tuple[str, str, str], task: str) -> httpx2.Response:
    method, path, _ = call
    others = dict.fromkeys(("ticket", "template_id", "model_id", "file_id"), "none")
    full = path.format(task_id=task, **others)
    # A proxy's mark, so that `/metrics` does not take the test for the machine itself.
    return client.request(method, full, headers={"X-Forwarded-For": "192.0.2.1"})


def test_the_matrix_is_not_empty() -> None:
    """Routes are really found, and only these are open to everybody."""
    assert len(PROTECTED) > 14
    assert {path for _, path, scope in CALLS if scope == PUBLIC} == {
        "/", "/docs", "/health", "/livez", "/login/{ticket}", "/logout", "/readyz",
        "/v1/models/{model_id}", "/v1/templates", "/v1/templates/{template_id}",
    }  # fmt: skip
    open_methods = {m for m, path, scope in CALLS if scope == PUBLIC and path.startswith("/v1/")}
    assert open_methods == {"OPTIONS"}


@pytest.mark.parametrize("who", [None, "bad", "strange", "revoked", "expired"])
@pytest.mark.parametrize("call", PROTECTED, ids=lambda call: f"{call[0]} {call[1]}")
def test_nobody_gets_in_without_a_good_key(
    callers: Callers, task: str, call: tuple[str, str, str], who: str | None
) -> None:
    """401, and how to do better, before anything else is looked at."""
    with callers.client(who) as client:
        answer = ask(client, call, task)
    assert answer.status_code == 401
    assert answer.headers["www-authenticate"].startswith("Bearer")
    assert callers.texts.get(who or "", "no key at all") not in answer.text


@pytest.mark.parametrize("call", PROTECTED, ids=lambda call: f"{call[0]} {call[1]}")
def test_a_key_does_what_its_scopes_allow_and_no_more(
    callers: Callers, task: str, call: tuple[str, str, str]
) -> None:
    """403 for the rest; nothing that is allowed is denied."""
    if call[0] == "DELETE" and "task_id" in call[1]:
        task = "another"  # the shared one is needed by other tests
    may = {"reader": {"read"}, "writer": {"submit"}, "owner": {"submit", "read"}}
    for who, scopes in may.items():
        with callers.client(who) as client:
            answer = ask(client, call, task)
        assert (answer.status_code == 403) == (call[2] not in scopes), (who, answer.text)
        assert answer.status_code != 401
    with callers.client("admin") as client:
        assert ask(client, call, task).status_code not in DENIED


@pytest.mark.parametrize(
    "call",
    [call for call in PROTECTED if "task_id" in call[1] and call[2] != "admin"],
    ids=lambda call: f"{call[0]} {call[1]}",
)
def test_another_owners_task_is_not_there(
    callers: Callers, task: str, call: tuple[str, str, str]
) -> None:
    """404, word for word as for a task that never was."""
    with callers.client("other") as client:
        foreign, absent = ask(client, call, task), ask(client, call, "never")
    assert foreign.status_code == absent.status_code == 404
    assert foreign.json()["error"] == absent.json()["error"]


def test_lists_hold_ones_own(callers: Callers, task: str) -> None:
    """Keys of one owner share their tasks; an admin sees all; others nothing."""

    def listed(who: str) -> list[str]:
        with callers.client(who) as client:
            return [entry["task_id"] for entry in client.get("/v1/tasks").json()["tasks"]]

    assert task in listed("owner")
    assert task in listed("reader")
    assert task in listed("admin")
    assert listed("other") == []


def test_a_bearer_token_is_as_good(callers: Callers) -> None:
    """OpenAI's clients send their keys so."""
    with callers.client(None, Authorization=f"Bearer {callers.texts['owner']}") as client:
        assert client.get("/v1/models").status_code == 200


def test_the_body_of_a_stranger_is_not_read(bench: Bench, callers: Callers) -> None:
    """The answer comes though the body was only announced; nothing touches the disk."""
    address = ("127.0.0.1", bench.socket.getsockname()[1])
    with socket.create_connection(address, timeout=10) as raw:
        raw.sendall(
            b"POST /v1/process HTTP/1.1\r\nhost: localhost\r\ncontent-length: 500000000\r\n"
            b"content-type: multipart/form-data; boundary=x\r\nexpect: 100-continue\r\n\r\n"
        )
        assert raw.recv(65_536).startswith(b"HTTP/1.1 401")
    assert not list((bench.options.data_dir / "incoming").glob("*"))


def test_a_browser_logs_in_once(bench: Bench, callers: Callers) -> None:
    """The ticket becomes a cookie; the cookie reads, and changes things only for its own page."""
    admin = next(key for key in bench.keys.list() if key.name == "admin")
    ticket = sessions_of(bench).ticket_for(admin.id)
    with callers.client(None) as client:
        first = client.get(f"/login/{ticket}")
        assert (first.status_code, first.headers["location"]) == (303, "/docs")
        cookie = first.headers["set-cookie"].lower()
        assert "httponly" in cookie
        assert "samesite=strict" in cookie
        assert first.headers["cache-control"] == "no-store"
        assert client.get("/v1/tasks").status_code == 200
        for headers, status in (
            ({}, 403),
            ({"Origin": "https://evil.example"}, 403),
            ({"Sec-Fetch-Site": "cross-site"}, 403),
            ({"Origin": "null"}, 403),
            ({"Sec-Fetch-Site": "same-origin"}, 404),
            ({"Origin": bench.address}, 404),
        ):
            assert client.delete("/v1/tasks/x", headers=headers).status_code == status, headers
        out = client.post("/logout", headers={"Origin": bench.address})
        assert out.status_code == 303
    with callers.client(None, Cookie=first.headers["set-cookie"].partition(";")[0]) as client:
        assert client.get("/v1/tasks").status_code == 401
        assert client.get(f"/login/{ticket}").status_code == 401


def test_a_revoked_key_ends_its_sessions(bench: Bench, callers: Callers) -> None:
    """The cookie is worth as much as the key behind it."""
    key, _ = bench.keys.add("visitor", scopes=["read"])
    with callers.client(None) as client:
        client.get(f"/login/{sessions_of(bench).ticket_for(key.id)}")
        assert client.get("/v1/tasks").status_code == 200
        bench.keys.revoke("visitor")
        assert client.get("/v1/tasks").status_code == 401


def test_a_key_makes_so_many_requests_a_minute(bench: Bench, callers: Callers, task: str) -> None:
    """429 with Retry-After; asking for the status is not counted."""
    _, text = bench.keys.add("busy", owner="owner", scopes=["read"], rate=3)
    with httpx2.Client(
        base_url=bench.address, headers={"X-API-Key": text}, trust_env=False
    ) as client:
        assert [client.get("/v1/models").status_code for _ in range(3)] == [200] * 3
        over = client.get("/v1/models")
        assert over.status_code == 429
        assert 1 <= int(over.headers["retry-after"]) <= 20
        assert over.json()["error_code"] == "rate_limited"
        assert client.get(f"/v1/status/{task}").status_code == 200


def test_measures_are_for_this_machine_and_admins(callers: Callers) -> None:
    """A proxy on this machine is not the machine itself."""
    with callers.client(None) as client:
        assert client.get("/metrics").status_code == 200
        for name in ("X-Forwarded-For", "Forwarded", "X-Real-IP"):
            assert client.get("/metrics", headers={name: "127.0.0.1"}).status_code == 401


def test_without_keys_only_this_machine_is_answered(
    tmp_path_factory: pytest.TempPathFactory,
) -> None:
    """No foreign name that points here (DNS rebinding), and no other site's page."""
    with (
        serving(tmp_path_factory.mktemp("open")) as bench,
        httpx2.Client(base_url=bench.address, trust_env=False) as client,
    ):
        port = bench.socket.getsockname()[1]
        for host in (f"localhost:{port}", f"127.0.0.1:{port}", "[::1]"):
            assert client.get("/v1/tasks", headers={"Host": host}).status_code == 200
        for host in ("evil.example", f"127.0.0.1.evil.example:{port}", "0.0.0.0"):  # noqa: S104
            for path in ("/v1/tasks", "/livez", "/docs"):
                assert client.get(path, headers={"Host": host}).status_code == 403, host
        upload = {"file": ("a.ogg", NOTE.read_bytes())}
        for headers in ({"Origin": "https://evil.example"}, {"Sec-Fetch-Site": "cross-site"}):
            refused = client.post("/v1/process", files=upload, headers=headers)
            assert refused.status_code == 403
        assert client.post("/v1/process", files=upload).status_code == 202
        own = client.post("/v1/process", files=upload, headers={"Origin": bench.address})
        assert own.status_code == 202
