"""Requests to the scripted server of language models, and how it speaks (see `llm_server`)."""

import json
import socket
import socketserver
import struct
import sys
import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from typing import Any, Final

SECONDS: Final = 60.0
"""How long the silent ones keep silent, at most."""


@dataclass(frozen=True, slots=True)
class LlmRequest:
    """A request as it came."""

    method: str
    path: str
    headers: Mapping[str, str]
    """Names in lower case."""
    body: Mapping[str, Any]
    """The JSON that came; empty where there was none."""
    number: int
    """Which request for a completion this is, counted from 0."""

    @property
    def messages(self) -> Sequence[Mapping[str, str]]:
        """The conversation."""
        messages: Sequence[Mapping[str, str]] = self.body.get("messages", ())
        return messages

    @property
    def system(self) -> str:
        """All that the system messages say."""
        return self._said("system")

    @property
    def user(self) -> str:
        """All that the user messages say."""
        return self._said("user")

    @property
    def stream(self) -> bool:
        """Whether it wants its answer in pieces."""
        return self.body.get("stream") is True

    @property
    def response_format(self) -> str:
        """`json_schema`, `json_object`, or `none`."""
        return str((self.body.get("response_format") or {}).get("type", "none"))

    @property
    def schema(self) -> Mapping[str, Any] | None:
        """The JSON Schema asked for: by `response_format`, else the last one among the messages."""
        asked = (self.body.get("response_format") or {}).get("json_schema") or {}
        if "schema" in asked:
            schema: Mapping[str, Any] = asked["schema"]
            return schema
        found = [s for message in self.messages for s in _schemas_in(message.get("content") or "")]
        return found[-1] if found else None

    def _said(self, role: str) -> str:
        return "\n".join(m.get("content") or "" for m in self.messages if m.get("role") == role)


class Wire(socketserver.StreamRequestHandler):
    """One connection: well-mannered methods, and raw ones to break every rule of HTTP."""

    on_request: Callable[["Wire", str, str, Mapping[str, str], bytes], None]
    closing: threading.Event
    request: socket.socket
    asked: LlmRequest
    timeout = SECONDS

    def handle(self) -> None:
        """Read one request, have it answered, hang up."""
        first_byte = self._first()
        if first_byte == b"\x16":  # the beginning of TLS
            self.answer(400, "speak plain HTTP", "text/plain")
        elif first_byte:
            self._serve()

    def _serve(self) -> None:
        first = self.rfile.readline(65_536).decode("latin-1").split()
        if len(first) < 2:
            return
        headers: dict[str, str] = {}
        while (line := self.rfile.readline(65_536).decode("latin-1").strip()) != "":
            name, _, value = line.partition(":")
            headers[name.lower()] = value.strip()
        body = self.rfile.read(int(headers.get("content-length", "0")))
        type(self).on_request(self, first[0], first[1], headers, body)

    def _first(self) -> bytes:
        """The first byte, which is still there to be read; the server may end before it comes."""
        self.request.settimeout(0.1)
        while not self.closing.is_set():
            with suppress(TimeoutError):
                byte = self.request.recv(1, socket.MSG_PEEK)
                self.request.settimeout(self.timeout)
                return byte
        return b""

    def send(self, *parts: bytes | str) -> None:
        """Write to the socket."""
        for part in parts:
            self.wfile.write(part.encode() if isinstance(part, str) else part)

    def head(self, status: int, kind: str, headers: Mapping[str, str] | None = None) -> None:
        """Send the head of an answer."""
        fields = {"Content-Type": kind, **(headers or {}), "Connection": "close"}
        lines = "".join(f"{name}: {value}\r\n" for name, value in fields.items())
        self.send(f"HTTP/1.1 {status} Status\r\n{lines}\r\n")

    def answer(
        self,
        status: int,
        body: bytes | str | Mapping[str, Any],
        kind: str = "application/json",
        headers: Mapping[str, str] | None = None,
    ) -> None:
        """Send a whole answer."""
        text = body if isinstance(body, bytes | str) else json.dumps(body)
        raw = text.encode() if isinstance(text, str) else text
        self.head(status, kind, {"Content-Length": str(len(raw)), **(headers or {})})
        self.send(raw)

    def open_stream(self) -> None:
        """Send the head of a stream of events, in HTTP chunks."""
        self.head(200, "text/event-stream; charset=utf-8", {"Transfer-Encoding": "chunked"})

    def event(self, data: str | Mapping[str, Any]) -> None:
        """Send an event of a stream."""
        text = data if isinstance(data, str) else json.dumps(data, ensure_ascii=False)
        raw = f"data: {text}\n\n".encode()
        self.send(f"{len(raw):x}\r\n", raw, "\r\n")

    def close_stream(self) -> None:
        """End a stream as HTTP wants it."""
        self.send("0\r\n\r\n")

    def pause(self, seconds: float) -> bool:
        """Wait; True where the server is ending."""
        return self.closing.wait(seconds)

    def wait(self) -> None:
        """Keep silent until the client hangs up, or the server ends."""
        self.request.settimeout(0.05)
        for _ in range(int(SECONDS / 0.05)):
            if self.closing.is_set():
                return
            with suppress(TimeoutError):
                if not self.request.recv(4096):
                    return

    def reset(self) -> None:
        """Break the connection."""
        self.request.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self.request.close()


class WireServer(socketserver.ThreadingTCPServer):
    """A thread for each connection, all ended before the server is."""

    daemon_threads = False
    allow_reuse_address = True
    request_queue_size = 128

    def handle_error(self, request: object, client_address: object) -> None:
        """Say nothing of clients that hang up; everything else is a fault of the script."""
        if not isinstance(sys.exception(), OSError):
            super().handle_error(request, client_address)  # type: ignore[arg-type]


def _schemas_in(text: str) -> Iterator[Mapping[str, Any]]:
    decoder, start = json.JSONDecoder(), 0
    while (start := text.find("{", start)) >= 0:
        try:
            value, end = decoder.raw_decode(text, start)
        except ValueError:
            start += 1
            continue
        if isinstance(value, dict) and ("properties" in value or "$ref" in value):
            yield value
        start = end
