"""How blobs are named: what a key may be, and where each kind of thing lies.

    incoming/<id>...                           an upload that no job has yet
    jobs/<id>/...                              checkpoints of a job; gone when it has ended
    jobs/<id>/references/<n>                   a clip of a voice that came with a job
    records/<id>/record.json                   what the recording is, and which run counts
    records/<id>/media                         the recording
    records/<id>/runs/<token>/transcript.json  one immutable machine result
    records/<id>/runs/<token>/summary.json     and what was written about it
    templates/<id>.json                        a template of summaries, made through the service
    voices/<hash>.json                         a known voice, without any sound

Names that clients give are data; no part of a key is ever made from them, but for the ids of
templates, which are plain by their own rules.
"""

import re
import unicodedata
from hashlib import sha256

from hansard.errors import UsageError

LONGEST_PART = 200
LONGEST_KEY = 1000
MOST_PARTS = 16
INCOMING = "incoming/"
JOBS = "jobs/"
RECORDS = "records/"
VOICES = "voices/"
RECORD_FILE = "record.json"
TEMPLATES = "templates/"
RUN_FILE = "transcript.json"
SUMMARY_FILE = "summary.json"

_PART = re.compile(rf"[A-Za-z0-9_-][A-Za-z0-9._-]{{0,{LONGEST_PART - 1}}}")
_ID = re.compile(r"[0-9a-f][0-9a-f-]{0,63}")
_TOKEN = re.compile(r"[A-Za-z0-9_-]{1,128}")


def parts_of(key: str) -> tuple[str, ...]:
    """The parts of a key: letters, digits, `.`, `_`, `-`, none beginning with a dot.

    Raises:
        UsageError: it is no key.
    """
    parts = tuple(key.split("/"))
    fits = len(key) <= LONGEST_KEY and len(parts) <= MOST_PARTS
    if not fits or not all(map(is_part, parts)):
        raise UsageError(f"{key[:200]!r} is no key of a blob")
    return parts


def folders_of(prefix: str) -> tuple[str, ...]:
    """The parts of a prefix, which is empty or a key and `/`.

    Raises:
        UsageError: it is no prefix.
    """
    if not prefix:
        return ()
    if not prefix.endswith("/"):
        raise UsageError(f"{prefix[:200]!r} is no prefix of keys: it must end with '/'")
    return parts_of(prefix[:-1])


def is_part(name: str) -> bool:
    """Whether a file of this name may be a part of a key."""
    return _PART.fullmatch(name) is not None


def checkpoints(id: str) -> str:  # noqa: A002 - the field's own name
    """The prefix under which a job keeps what it has done so far."""
    return f"{JOBS}{_checked(id)}/"


def record_prefix(id: str) -> str:  # noqa: A002 - the field's own name
    """The prefix of all that belongs to a record."""
    return f"{RECORDS}{_checked(id)}/"


def record_key(id: str) -> str:  # noqa: A002 - the field's own name
    """Where a record says what it is."""
    return record_prefix(id) + RECORD_FILE


def media_key(id: str) -> str:  # noqa: A002 - the field's own name
    """Where a record keeps its recording."""
    return record_prefix(id) + "media"


def run_key(id: str, token: str, name: str = RUN_FILE) -> str:  # noqa: A002 - the field's own name
    """Where a file of a run lies, which is written under the lease `token`."""
    if _TOKEN.fullmatch(token) is None:
        raise UsageError(f"{token[:100]!r} is no token of a run")
    return f"{record_prefix(id)}runs/{token}/{name}"


def reference_key(id: str, number: int) -> str:  # noqa: A002 - the field's own name
    """Where a job keeps the clip of the voice that was named as its `number`th, from 0."""
    return f"{checkpoints(id)}references/{number}"


def voice_key(name: str) -> str:
    """Where the voice of this name lies: one key for every way to write its letters."""
    folded = unicodedata.normalize("NFC", unicodedata.normalize("NFC", name).casefold())
    return f"{VOICES}{sha256(folded.encode('utf-8', 'surrogatepass')).hexdigest()}.json"


def owner_of(key: str) -> str:
    """The id of the job or record that a key belongs to by its name; empty where it says none."""
    parts = key.split("/")
    if len(parts) < 2 or f"{parts[0]}/" not in {INCOMING, JOBS, RECORDS}:
        return ""
    id = parts[1].partition(".")[0]  # noqa: A001 - the field's own name
    return id if _ID.fullmatch(id) else ""


def _checked(id: str) -> str:  # noqa: A002 - the field's own name
    if _ID.fullmatch(id) is None:
        raise UsageError(f"{id[:100]!r} is no id of a job or record")
    return id
