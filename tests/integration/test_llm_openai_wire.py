"""The back end `openai` where servers are slow, absent, or not who they say."""

import shutil
import socket
import ssl
import subprocess
import threading
import time
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from typing import Any

import pytest
from llm_openai_bench import KEY, PLAIN, SCHEMA, asking, load

from hansard.errors import (
    Cancelled,
    LanguageModelError,
    LlmUnreachableError,
)
from hansard.models.llm import (
    Ask,
    Generation,
    Message,
    Reply,
    Usage,
)
from hansard.models.llm.served.reading import Spoken
from hansard.models.llm.served.server import Server, new_server
from hansard.testing.llm_server import (
    Completion,
    LlmServer,
    Manner,
    endless_stream,
    refusing,
    silence,
    silent_stream,
    status,
)


@pytest.mark.parametrize("manner", [silence(), silent_stream(), endless_stream(pause=0.01)])
def test_a_server_that_takes_too_long_is_left(manner: Any) -> None:
    """The time of a request ends, however much or little comes, and it is not tried again."""
    with asking(manner, llm_timeout=1.0) as ask:
        with pytest.raises(LlmUnreachableError, match="longer than 1 seconds"):
            ask()
        assert len(ask.server.asked) == 1


@pytest.mark.parametrize(
    "manner", [silence(), silent_stream(), status(503, "", {"Retry-After": "60"})]
)
def test_cancelling_ends_every_wait(manner: Any) -> None:
    """Silence, and pauses between attempts, end when nobody wants the answer any more."""
    with asking(manner) as ask:
        ask.cancelled = lambda: bool(ask.server.asked)
        with pytest.raises(Cancelled):
            ask()


def test_a_server_that_does_not_read_can_be_left() -> None:
    """A long prompt that nobody takes does not hold up a cancellation."""
    with socket.create_server(("127.0.0.1", 0)) as deaf:
        server = new_server(f"http://127.0.0.1:{deaf.getsockname()[1]}/v1", KEY, 200.0)
        request = {"model": "m", "messages": [{"role": "user", "content": "x" * 2**24}]}
        soon = time.monotonic() + 0.5
        with pytest.raises(Cancelled):
            server.complete(request, 1000, lambda: time.monotonic() > soon)


def test_an_end_without_a_goodbye_is_an_end_where_the_model_said_so() -> None:
    """A stream that stays open after the model is done is not waited out into an error."""

    def behave(wire: Any) -> None:
        wire.open_stream()
        wire.event({"choices": [{"delta": {"content": "Yes."}, "finish_reason": "stop"}]})
        wire.wait()

    with asking(Manner(behave), llm_timeout=1.0) as ask:
        assert ask() == Reply(text="Yes.", usage=Usage(requests=1), finished=True)


def test_thinking_is_taken_out_unless_it_is_wanted() -> None:
    """Thinking in the text goes by default; in a field of its own it is never part of it."""
    said = Completion(text="<think>Hm.</think>Yes.", reasoning="Let me see.")
    with asking(said) as ask:
        assert ask().text == "Yes."
        assert ask.model.info.reasoning_parser == "tags"
    with asking(said, llm_reasoning_parser="none") as ask:
        assert ask().text == "<think>Hm.</think>Yes."
        assert ask.model.info.reasoning_parser is None


def test_an_answer_that_was_cut_says_so() -> None:
    """The limit of tokens shows."""
    with asking(Completion(text="One two", finish="length")) as ask:
        assert not ask().finished


def test_several_threads_ask_at_once() -> None:
    """Each gets its own answer, and what one learns serves all."""
    with asking(refusing(lambda request: request.user, "json_schema", "stream")) as ask:
        answers: dict[int, str] = {}

        def one(number: int) -> None:
            messages = (Message("user", f"number {number}"),)
            answers[number] = ask.model.complete(
                Ask(messages=messages, schema=SCHEMA), Generation()
            ).text

        threads = [threading.Thread(target=one, args=(number,)) for number in range(8)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert answers == {number: f"number {number}" for number in range(8)}
        assert ask.model.info.structured_output == "json_object"


@pytest.mark.parametrize(
    ("url", "words"),
    [
        ("", "no server"), (" ", "no server"), ("ftp://x/v1", "only http|cannot be used"),
        ("http://user:pass@x/v1", "user name"), ("http://x/v1?api-version=1", "more than a path"),
        ("http://169.254.169.254/v1", "metadata"), ("nonsense", "cannot be used"),
    ],
)  # fmt: skip
def test_addresses_that_cannot_be_used_are_told(url: str, words: str) -> None:
    """Nothing is sent anywhere."""
    with pytest.raises(LanguageModelError, match=words) as caught:
        load(url)
    assert "pass@" not in str(caught.value)
    assert "llm_url" in caught.value.hint


def test_servers_that_are_not_there_are_told() -> None:
    """A refused connection and an unknown name may pass; the address is named."""
    with socket.create_server(("127.0.0.1", 0)) as closed:
        port = closed.getsockname()[1]
    for url in (f"http://127.0.0.1:{port}/v1", "http://no-such-host.invalid/v1"):
        with pytest.raises(LlmUnreachableError, match=r"cannot be reached|not known"):
            load(url, llm_attempts=1).complete(PLAIN, Generation())


def test_https_where_there_is_none_is_told() -> None:
    """The hint says what to try."""
    with LlmServer() as server:
        model = load(server.url.replace("http:", "https:"), llm_attempts=1)
        with pytest.raises(LanguageModelError, match="SSL") as caught:
            model.complete(PLAIN, Generation())
        assert "Try http" in caught.value.hint


class Page(BaseHTTPRequestHandler):
    """One answer, to whatever comes."""

    def do_POST(self) -> None:
        """Read it all, and say yes."""
        self.rfile.read(int(self.headers["Content-Length"]))
        self.send_response(200)
        self.end_headers()
        self.wfile.write(b'{"choices": [{"message": {"content": "Yes."}}]}')

    def log_message(self, *args: object) -> None:
        """Say nothing."""


@pytest.fixture
def certificate(tmp_path: Path) -> Path:
    """A certificate for `localhost` that nobody has signed, with its key."""
    if shutil.which("openssl") is None:
        pytest.skip("needs the openssl command")
    subprocess.run(
        ["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1",
         "-nodes", "-days", "2", "-subj", "/CN=localhost", "-addext",
         "subjectAltName=DNS:localhost", "-keyout", "both.pem", "-out", "one.pem"],
        cwd=tmp_path, check=True, capture_output=True,
    )  # fmt: skip
    both = tmp_path / "both.pem"
    both.write_bytes(both.read_bytes() + (tmp_path / "one.pem").read_bytes())
    return both


@pytest.mark.system
def test_certificates_are_checked(certificate: Path) -> None:
    """A long prompt goes over TLS to a server that is trusted, and nothing to any other."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate)
    request = {"model": "m", "messages": [{"role": "user", "content": "x" * 2**20}]}
    with HTTPServer(("127.0.0.1", 0), Page) as page:
        page.socket = context.wrap_socket(page.socket, server_side=True)
        page.handle_error = lambda *_: None  # type: ignore[method-assign]
        thread = threading.Thread(target=page.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        try:
            url = f"https://localhost:{page.server_port}/v1"
            with pytest.raises(LanguageModelError, match="prove") as caught:
                new_server(url, KEY, 30.0).complete(request, 1000, lambda: False)
            assert caught.value.retry == "permanent"
            trusted = Server(url, KEY, 30.0, ssl.create_default_context(cafile=str(certificate)))
            answer = trusted.complete(request, 1000, lambda: False)
            assert isinstance(answer, Spoken)
            assert answer.text == "Yes."
        finally:
            page.shutdown()
            thread.join()


@pytest.mark.parametrize("key", ["schlüssel", "two\nlines"])
def test_keys_that_cannot_be_sent_are_told(key: str) -> None:
    """The error does not repeat them."""
    with pytest.raises(LanguageModelError, match="cannot be sent") as caught:
        load("http://127.0.0.1:9/v1", key=key)
    assert key not in str(caught.value)


def test_a_template_that_cannot_be_read_is_told(tmp_path: Path) -> None:
    """Its path is named."""
    with (
        pytest.raises(LanguageModelError, match="absent"),
        asking(llm_chat_template=tmp_path / "absent.jinja"),
    ):
        pass
