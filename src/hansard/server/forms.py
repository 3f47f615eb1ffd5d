"""Bodies of requests: multipart forms with a file, streamed to the disk; plain forms and JSON.

    async with receive(request) as form:
        form.fields["language"]   ->  ("de",)        texts, in the order in which they came
        form.files["file"].path   ->  a whole file, gone at the end of the block unless moved

Everything that can be refused without the body is refused before it is read. `name[]` is `name`.
"""

import asyncio
import hmac
import re
from collections.abc import AsyncIterator, Container, Iterable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qsl

import msgspec
from litestar import Request
from litestar.exceptions import HTTPException
from multipart import (
    MultipartError,
    MultipartSegment,
    ParserLimitReached,
    PushMultipartParser,
    parse_options_header,
)

from hansard.audio.names import printable
from hansard.errors import QueueFullError, TooLargeError, UsageError
from hansard.server.desk import Desk, desk_of
from hansard.server.uploads import (
    MEGABYTE,
    Incoming,
    Pace,
    Upload,
    check_room,
    clock,
    display_name,
)

LONGEST_FIELD = 65_536
"""Bytes of one text field."""
LONGEST_FIELDS = MEGABYTE
"""Bytes of all text fields together."""
MOST_PARTS = 100
OVERHEAD = 2 * MEGABYTE
"""Bytes that a body may have beside its file: fields, boundaries, headers."""
HEX_DIGEST = re.compile(r"[0-9a-fA-F]{64}", re.ASCII)


@dataclass(frozen=True, slots=True)
class Form:
    """What a client sent."""

    fields: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    files: Mapping[str, Upload] = field(default_factory=dict)

    def one(self, name: str) -> str | None:
        """The text of a field that may come once; None where it did not come.

        Raises:
            UsageError: it came several times.
        """
        values = self.fields.get(name, ())
        if len(values) > 1:
            raise UsageError(f"{name} was given {len(values)} times", hint="give it once")
        return values[0] if values else None


@asynccontextmanager
async def receive(
    request: Request[Any, Any, Any],
    files: Iterable[str] = ("file",),
    large: Mapping[str, int] | None = None,
) -> AsyncIterator[Form]:
    """The body of a request, once all of it is here; `files` are the fields that hold one.

    `large` tells, by name, which text fields may have how many bytes in all where that is more
    than `LONGEST_FIELD`.

    Raises:
        QueueFullError: too many jobs wait, or too many uploads are under way.
        TooLargeError: the body or a field of it exceeds its limit.
        DiskFullError: there is too little room for it.
        UsageError: a field is not what it should be, or the file is not the one that was meant.
        HTTPException: it is malformed (400), too slow (408) or of another kind (415).
    """
    desk = desk_of(request)
    await refuse_early(request, desk)
    with desk.gate.enter():
        reception = Reception(request, desk, frozenset(files), large or {})
        try:
            yield await reception.form()
        finally:
            await reception.discard()


async def refuse_early(request: Request[Any, Any, Any], desk: Desk) -> None:
    """Refuse what can be refused by the headers alone."""
    options = desk.service.options
    length = content_length(request)
    if length > options.max_upload_mb * MEGABYTE + OVERHEAD:
        raise too_large(options.max_upload_mb)
    counts = await desk.quick.run(desk.service.ledger.count)
    if counts.queued >= options.max_queue_depth:
        raise QueueFullError(
            f"{counts.queued} jobs wait already", hint="try again when some of them are done"
        )
    await desk.quick.run(check_room, options.data_dir.expanduser(), length, options.free_disk_mb)


def content_length(request: Request[Any, Any, Any]) -> int:
    """Bytes that the body is said to have; 0 where it is not said."""
    text = request.headers.get("content-length", "")
    return int(text) if text.isascii() and text.isdigit() else 0


def too_large(limit_mb: int) -> TooLargeError:
    """The error for a body over the limit."""
    return TooLargeError(
        f"the upload has more than {limit_mb} MiB", hint="max_upload_mb is the limit's setting"
    )


class Reception:
    """One body on its way in."""

    def __init__(
        self,
        request: Request[Any, Any, Any],
        desk: Desk,
        files: frozenset[str],
        large: Mapping[str, int],
    ) -> None:
        self._request = request
        self._large = large
        self._desk = desk
        self._names = files
        self._incoming: list[Incoming] = []
        self._files: dict[str, Upload] = {}
        self._fields: dict[str, list[str]] = {}
        self._texts = 0

    async def form(self) -> Form:
        """Everything, once it is here."""
        kind, options = parse_options_header(self._request.headers.get("content-type", ""))
        if kind == "multipart/form-data":
            await self._multipart(options.get("boundary", ""))
        elif kind in {"application/json", "application/x-www-form-urlencoded"}:
            body = await self._small()
            is_json = kind == "application/json"
            pairs = json_pairs(body, self._large) if is_json else form_pairs(body)
            for name, value in pairs:
                self._add(name, value)
        elif content_length(self._request) or kind:
            raise HTTPException(
                status_code=415,
                detail=f"a body of the kind {printable(kind)!r} is not understood; send "
                "multipart/form-data with a file, or application/json",
            )
        self._check_digest()
        return Form({name: tuple(values) for name, values in self._fields.items()}, self._files)

    async def discard(self) -> None:
        """Remove the files that nobody has taken."""
        for incoming in self._incoming:
            await incoming.discard()

    async def _small(self) -> bytes:
        body = bytearray()
        most = LONGEST_FIELDS + sum(self._large.values())
        async for chunk in self._chunks():
            body += chunk
            if len(body) > most:
                raise TooLargeError(f"the body has more than {most} bytes")
        return bytes(body)

    async def _multipart(self, boundary: str) -> None:
        try:
            parser = PushMultipartParser(boundary, max_segment_count=MOST_PARTS)
            part: Part | None = None
            async for chunk in self._chunks():
                for event in parser.parse(chunk):
                    if isinstance(event, MultipartSegment):
                        part = self._part(event)
                    elif part is not None and event is not None:
                        await part.take(bytes(event))
                    elif part is not None:
                        await part.finish()
            parser.close()
        except ParserLimitReached as error:
            raise TooLargeError(f"the form is too large: {error}") from error
        except (MultipartError, UnicodeDecodeError, LookupError) as error:
            what = printable(str(error))
            raise HTTPException(
                status_code=400, detail=f"the multipart body is malformed: {what}"
            ) from error

    def _part(self, segment: MultipartSegment) -> "Part":
        name = plain_name(segment.name or "")
        if segment.filename is None:
            return TextPart(self, name, self._large.get(name.partition("[")[0], LONGEST_FIELD))
        if name not in self._names or name in self._files:
            raise UsageError(
                f"a file came in the field {printable(name)!r}",
                hint=f"one file may come in the field {' or '.join(sorted(self._names))}",
            )
        service = self._desk.service
        incoming = Incoming(service.options, service.options.data_dir.expanduser(), self._desk.slow)
        self._incoming.append(incoming)
        return FilePart(self, name, segment, incoming)

    async def _chunks(self) -> AsyncIterator[bytes]:
        """The body as it comes, cut off where it is too large, too slow, or breaks off."""
        options = self._desk.service.options
        pace, total, more = Pace(options.slowest_upload), 0, True
        while more:
            watch = clock()
            try:
                async with asyncio.timeout(pace.patience()):
                    message = await self._request.receive()
            except TimeoutError:
                message = None
            if message is not None and message["type"] == "http.disconnect":
                raise HTTPException(status_code=400, detail="the client broke off its upload")
            body, more = b"", True
            if message is not None and message["type"] == "http.request":
                body, more = message["body"], message["more_body"]
            pace.came(len(body), watch())
            total += len(body)
            if total > options.max_upload_mb * MEGABYTE + OVERHEAD:
                raise too_large(options.max_upload_mb)
            if more and pace.too_slow():
                raise too_slow()
            if body:
                yield body
        self._desk.metrics.received(total)

    def _check_digest(self) -> None:
        asked = self._request.headers.get("x-content-sha256")
        if asked is None:
            return
        if not HEX_DIGEST.fullmatch(asked.strip()):
            raise UsageError("X-Content-SHA256 is not 64 hexadecimal digits")
        for upload in self._files.values():
            if not hmac.compare_digest(upload.sha256, asked.strip().lower()):
                raise UsageError(
                    f"the upload arrived with the SHA-256 {upload.sha256}, not that of "
                    "X-Content-SHA256",
                    hint="it was damaged on its way, or another file was sent; send it again",
                )

    def _add(self, name: str, value: str) -> None:
        self._texts += len(value.encode("utf-8", "surrogatepass"))
        most = LONGEST_FIELDS + sum(self._large.values())
        if self._texts > most:
            raise TooLargeError(f"all fields together have more than {most} bytes")
        self._fields.setdefault(plain_name(name), []).append(value)

    def text(self, name: str, data: bytes) -> None:
        """A text field is whole."""
        try:
            self._add(name, data.decode())
        except UnicodeDecodeError as error:
            raise UsageError(f"the field {printable(name)!r} is not UTF-8") from error

    def file(self, name: str, upload: Upload) -> None:
        """A file is whole."""
        limit = self._desk.service.options.max_upload_mb
        if upload.size > limit * MEGABYTE:
            raise too_large(limit)
        self._files[name] = upload


class TextPart:
    """A text field on its way in."""

    def __init__(self, reception: Reception, name: str, longest: int) -> None:
        self._reception = reception
        self._name = name
        self._longest = longest
        self._data = bytearray()

    async def take(self, data: bytes) -> None:
        """Add bytes.

        Raises:
            TooLargeError: they are too many.
        """
        self._data += data
        if len(self._data) > self._longest:
            raise TooLargeError(
                f"the field {printable(self._name)!r} has more than {self._longest} bytes",
                hint="a file is sent with a file name: curl -F file=@recording.mp3",
            )

    async def finish(self) -> None:
        """It is whole."""
        self._reception.text(self._name, bytes(self._data))


class FilePart:
    """A file on its way in."""

    def __init__(
        self, reception: Reception, name: str, segment: MultipartSegment, incoming: Incoming
    ) -> None:
        self._reception = reception
        self._name = name
        self._segment = segment
        self._incoming = incoming

    async def take(self, data: bytes) -> None:
        """Add bytes."""
        await self._incoming.take(data)

    async def finish(self) -> None:
        """It is whole. An empty one without a name is a browser's file field left empty."""
        if not self._incoming.size and not self._segment.filename:
            return
        await self._incoming.finish()
        upload = Upload(
            path=self._incoming.path,
            name=display_name(self._segment.filename),
            content_type=printable(self._segment.content_type or ""),
            size=self._incoming.size,
            sha256=self._incoming.sha256,
        )
        self._reception.file(self._name, upload)


Part = TextPart | FilePart


def too_slow() -> HTTPException:
    """The error for a client that does not get on; the connection is closed with it."""
    return HTTPException(
        status_code=408, detail="the upload came too slowly", headers={"Connection": "close"}
    )


def plain_name(name: str) -> str:
    """A field's name; `name[]`, as some clients write lists, is `name`."""
    return name.removesuffix("[]")


def form_pairs(body: bytes) -> list[tuple[str, str]]:
    """The fields of a form without files.

    Raises:
        UsageError: it is not one.
    """
    try:
        return parse_qsl(
            body.decode(),
            keep_blank_values=True,
            strict_parsing=bool(body),
            max_num_fields=MOST_PARTS,
            errors="strict",
        )
    except ValueError as error:
        raise HTTPException(status_code=400, detail="the form is malformed") from error


def json_pairs(body: bytes, texts: Container[str] = ()) -> list[tuple[str, str]]:
    """The members of a JSON object as the fields that a form would have; null is left out.

    `texts` are fields that hold text and nothing else.

    Raises:
        HTTPException: it is no JSON object (400).
        UsageError: a member is an object itself, or no text where it must be one.
    """
    try:
        found = msgspec.json.decode(body)
    except (msgspec.DecodeError, RecursionError) as error:
        raise HTTPException(status_code=400, detail="the body is not valid JSON") from error
    if not isinstance(found, dict):
        raise HTTPException(status_code=400, detail="the body is not a JSON object")
    pairs: list[tuple[str, str]] = []
    for name, value in found.items():
        items = value if isinstance(value, list) else [value]
        if any(isinstance(item, dict) for item in items) or (
            name in texts and not all(isinstance(item, str) for item in items)
        ):
            raise UsageError(f"the field {printable(name)!r} is no text")
        pairs += [(name, json_text(item)) for item in items if item is not None]
    return pairs


def json_text(value: Any) -> str:
    """A JSON value as the text of a form's field."""
    return value if isinstance(value, str) else msgspec.json.encode(value).decode()
