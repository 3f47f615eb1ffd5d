"""Recordings from video sites, by yt-dlp: the only file that uses it.

Every address that yt-dlp asks passes our guard: its form, and each address that its host's name
stands for. yt-dlp runs no other program, and converts nothing.
"""

import logging
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from hashlib import sha256
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from hansard.errors import Cancelled, FetchError, HansardError, MissingExtraError, OutputError
from hansard.net.addresses import check_address, check_url
from hansard.net.connections import look_up

logger = logging.getLogger(__name__)

_ESCAPES = re.compile(r"\x1b\[[0-9;]*m")
_DEFAULT_PORTS = {"http": 80, "https": 443}


@dataclass(frozen=True, slots=True, kw_only=True)
class Reach:
    """What may be fetched."""

    largest: int
    """Bytes of one recording."""
    allow_private: bool = False
    audio_only: bool = True
    language: str | None = None
    """The language that the publisher's subtitles should be in."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Listed:
    """A recording that a page leads to."""

    archive_id: str
    """As a line of an archive file has it: the site and the recording's id there."""
    title: str
    details: Mapping[str, Any]
    """What yt-dlp knows of it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Got:
    """A recording that was fetched."""

    path: Path
    url: str
    site: str
    title: str
    channel: str
    licence: str | None
    language: str | None
    subtitles: Path | None
    subtitles_language: str | None


def has_library() -> bool:
    """Whether yt-dlp is installed."""
    return find_spec("yt_dlp") is not None


class VideoSite:
    """One address, and all recordings that it leads to."""

    def __init__(self, url: str, folder: Path, reach: Reach, cancelled: Callable[[], bool]) -> None:
        """`folder` is where files are written to meanwhile.

        Raises:
            MissingExtraError: yt-dlp is not installed.
            AddressRefusedError: the address may not be asked.
        """
        if not has_library():
            raise MissingExtraError(
                "recordings on web pages are fetched by 'yt-dlp', which is not installed",
                hint="pip install 'hansard[fetch]'",
            )
        check_url(url, allow_private=reach.allow_private)
        self._url = url
        self._reach = reach
        self._folder = folder
        self._cancelled = cancelled
        self._refused: list[HansardError] = []

    def list(self) -> tuple[Listed, ...]:
        """The recordings of the address: one, or those of a playlist.

        Raises:
            FetchError: the page cannot be had, or holds none.
            AddressRefusedError: it leads where nobody may ask.
        """
        found = self._ask(lambda site: site.extract_info(self._url, download=False))
        entries = list((found or {}).get("entries") or ()) if _is_list(found) else [found]
        listed = tuple(self._listed(entry) for entry in entries if entry)
        if not listed:
            raise FetchError(f"no recording at {self._url!r}")
        return listed

    def fetch(self, listed: Listed) -> Got:
        """Fetch one of them, with its publisher's own subtitles where there are any.

        Raises:
            FetchError: it cannot be had.
            AddressRefusedError: it leads where nobody may ask.
        """
        told = self._ask(lambda site: site.process_ie_result(dict(listed.details), download=False))
        language = _choose(told.get("subtitles") or {}, self._reach.language, told.get("language"))
        done = self._ask(lambda site: site.process_ie_result(told, download=True), language)
        path = self._file_of(done)
        texts = [each for each in self._folder.glob("subtitles.*") if each.is_file()]
        text = texts[0] if len(texts) == 1 else None
        return Got(
            path=path,
            url=str(done.get("webpage_url") or done.get("url") or self._url),
            site=str(done.get("extractor_key") or "Generic"),
            title=str(done.get("title") or ""),
            channel=str(done.get("channel") or done.get("uploader") or ""),
            licence=_text(done.get("license")),
            language=_text(done.get("language")),
            subtitles=text,
            subtitles_language=language if text else None,
        )

    def _file_of(self, done: Mapping[str, Any]) -> Path:
        for each in done.get("requested_downloads") or ():
            path = Path(each.get("filepath") or "")
            if path.is_file():
                return path
        raise FetchError(
            f"{self._url!r} gave no file of at most {self._reach.largest / 2**20:g} MB",
            hint="--max-mb sets the limit",
        )

    def _listed(self, entry: Mapping[str, Any]) -> Listed:
        site = str(entry.get("extractor_key") or entry.get("ie_key") or "Generic").lower()
        ident = str(entry.get("id") or "")
        if site == "generic" or not ident or len(ident.split()) != 1:
            # the ids of pages that yt-dlp has no reader for are only the ends of their addresses
            page = str(entry.get("url") or self._url)
            ident = sha256(f"{page} {ident}".encode()).hexdigest()[:32]
        return Listed(
            archive_id=f"{site} {ident}", title=str(entry.get("title") or ident), details=entry
        )

    def _ask(self, deed: Callable[[Any], Any], subtitles: str | None = None) -> dict[str, Any]:
        from yt_dlp.utils import YoutubeDLError

        try:
            with self._site(subtitles) as site:
                return dict(deed(site) or {})
        except YoutubeDLError as error:
            raise self._explained(error) from error
        except HansardError:
            raise
        except OSError as error:
            raise OutputError(f"cannot write: {error.strerror or error}") from error
        except Exception as error:  # its readers of pages, hundreds of them, fail in any way
            raise FetchError(f"{self._url!r} cannot be read: {error!r}"[:500]) from error

    def _explained(self, error: Exception) -> HansardError:
        """Our own refusal where that is why; else what yt-dlp says."""
        if self._refused:
            return self._refused.pop()
        said = _ESCAPES.sub("", str(error)).removeprefix("ERROR: ").split("; please report")[0]
        return FetchError(f"{self._url!r}: {said}"[:500])

    def _site(self, subtitles: str | None) -> Any:
        site = _guarded(self._guard)
        return site(
            {
                "quiet": True,
                "no_warnings": True,
                "noprogress": True,
                "logger": _Log(),
                "paths": {"home": str(self._folder)},
                "outtmpl": {"default": "media.%(ext)s", "subtitle": "subtitles.%(ext)s"},
                "format": "bestaudio/best" if self._reach.audio_only else "best",
                "extract_flat": "in_playlist",
                "ignoreerrors": False,
                "max_filesize": self._reach.largest,
                "progress_hooks": [self._watch],
                "socket_timeout": 30,
                "retries": 3,
                "fragment_retries": 3,
                "writesubtitles": subtitles is not None,
                "subtitleslangs": [re.escape(subtitles)] if subtitles else [],
                "subtitlesformat": "vtt/srt/best",
                "cachedir": False,
                "overwrites": True,
                "updatetime": False,
                "fixup": "never",
                "external_downloader": {"default": "native"},
                "hls_prefer_native": True,
                "proxy": "",
            }
        )

    def _guard(self, url: str) -> None:
        """Check an address; what yt-dlp makes of the refusal hides why."""
        try:
            _check(url, allow_private=self._reach.allow_private)
        except HansardError as error:
            self._refused.append(error)
            raise

    def _watch(self, state: Mapping[str, Any]) -> None:
        if self._cancelled():
            raise Cancelled("stopped; what was fetched is kept")
        if (state.get("downloaded_bytes") or 0) > self._reach.largest:
            raise FetchError(
                f"{self._url!r} is larger than {self._reach.largest / 2**20:g} MB",
                hint="--max-mb sets the limit",
            )


def _guarded(guard: Callable[[str], None]) -> Any:
    """yt-dlp with our guard before every request, and before every redirect is followed."""
    from urllib.request import BaseHandler

    from yt_dlp import YoutubeDL
    from yt_dlp.networking._urllib import UrllibRH

    class Gate(BaseHandler):
        handler_order = 1

        def http_request(self, request: Any) -> Any:
            guard(request.full_url)
            return request

        https_request = ftp_request = http_request

    class GuardedRH(UrllibRH):  # type: ignore[misc]  # the library has no types
        RH_NAME = "guarded"

        def _create_instance(self, **kwargs: Any) -> Any:
            opener = super()._create_instance(**kwargs)
            opener.add_handler(Gate())
            return opener

    class Guarded(YoutubeDL):  # type: ignore[misc]  # the library has no types
        def build_request_director(self, _handlers: Any, _preferences: Any = None) -> Any:
            return super().build_request_director([GuardedRH])

    return Guarded


def _check(url: str, *, allow_private: bool) -> None:
    parsed = check_url(url, allow_private=allow_private)
    port = parsed.port or _DEFAULT_PORTS[parsed.scheme]
    try:
        addresses = look_up(parsed.raw_host.decode("ascii"), port)
    except OSError as error:
        raise FetchError(f"{parsed.host!r} cannot be found: {error}", transient=True) from error
    for address in addresses:
        check_address(address, host=parsed.host, allow_private=allow_private)


class _Log:
    """Where yt-dlp says what it does."""

    def debug(self, message: str) -> None:
        logger.debug("%s", message)

    def info(self, message: str) -> None:
        logger.debug("%s", message)

    def warning(self, message: str) -> None:
        logger.info("%s", message)

    def error(self, message: str) -> None:
        logger.debug("%s", message)


def _is_list(found: Mapping[str, Any] | None) -> bool:
    return (found or {}).get("_type") in {"playlist", "multi_video"}


def _choose(subtitles: Mapping[str, Any], wanted: str | None, spoken: str | None) -> str | None:
    """The subtitles in the language that is spoken, as far as anybody says what that is.

    Those of another language are a translation, of no use to learn from.
    """
    names = [name for name in subtitles if name not in {"live_chat", "rechat", "danmaku"}]
    for language in _known(wanted, spoken):
        short = language.partition("-")[0].lower()
        near = [name for name in names if name.partition("-")[0].lower() == short]
        return language if language in names else next(iter(near), None)
    return names[0] if len(names) == 1 else None


def _known(*languages: str | None) -> Iterator[str]:
    return (language for language in languages if language)


def _text(value: object) -> str | None:
    return value.strip() or None if isinstance(value, str) else None
