"""JSON out of foreign text: read strictly, found within prose, and named in messages.

Nothing here recurses over what it is given, so that no text is nested too deeply for it.
"""

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from math import isfinite
from typing import Any, NoReturn

MAX_NESTING = 100
"""Levels of arrays and objects; Python's and the validator's own limits are above it."""
MAX_DIGITS = 308
"""Digits of a whole number; a longer one is not within what JSON's readers understand."""
MAX_NODES = 2_000_000

_TOO_LARGE = 10**MAX_DIGITS
_TOKEN = re.compile(r'"(?:[^"\\]++|\\.)*+"?|[{}\[\]]', re.DOTALL)
_STRING = re.compile(r'"(?:[^"\\]++|\\.)*+"', re.DOTALL)
_OBJECT_START = re.compile(r"""\{(?=\s*+(?:["'}“]|[^\W\d]\w*+\s*+:))""")
_FENCE = re.compile(r"```[\w-]*+[ \t]*+\n?(.*?)(?:```|\Z)", re.DOTALL)


class NotJsonError(ValueError):
    """The text is not the JSON that it must be."""

    def __init__(self, message: str, *, broken: bool = False) -> None:
        super().__init__(message)
        self.broken = broken
        """True where the text does not keep JSON's grammar; False where it does, and says what
        must not be said, such as the same key twice."""


@dataclass(frozen=True, slots=True)
class Found:
    """Objects within a text."""

    objects: tuple[str, ...]
    """Each from its `{` to the matching `}`, none within another."""
    rest: str
    """From the `{` that nothing closes; empty where there is none."""


def parse(text: str, *, strict: bool = True) -> Any:
    """Read a JSON text (RFC 8259) that says one thing only.

    Unless `strict`, line breaks and other control characters may stand within strings as they are.

    Raises:
        NotJsonError: it is no JSON, is nested too deeply, has a key twice in one object, or has a
            number that is not finite or not within reach.
    """
    text = text.removeprefix("\ufeff").strip()
    if nesting(text) > MAX_NESTING:
        raise NotJsonError(f"it is nested more than {MAX_NESTING} levels deep")
    try:
        return _STRICT.decode(text) if strict else _LENIENT.decode(text)
    except json.JSONDecodeError as error:
        raise NotJsonError(
            f"{error.msg} in line {error.lineno}, column {error.colno}", broken=True
        ) from error


def nesting(text: str) -> int:
    """How many arrays and objects are open at once, at most."""
    deepest = depth = 0
    for token in _TOKEN.finditer(text):
        if token[0] in "{[":
            depth += 1
            deepest = max(deepest, depth)
        elif token[0] in "}]":
            depth -= 1
    return deepest


def last_string(text: str) -> tuple[int, bool] | None:
    """Where the string begins that JSON ends with, and whether it is closed; None without one."""
    last = None
    for token in _TOKEN.finditer(text):
        last = token
    if last is None or last[0][0] != '"' or text[last.end() :].strip() not in ("", "\\"):
        return None
    return last.start(), _STRING.fullmatch(last[0]) is not None


def closers(text: str) -> str:
    """The brackets that are missing at the end of JSON that was cut, in their order."""
    missing: list[str] = []
    for token in _TOKEN.finditer(text):
        if token[0] in "{[":
            missing.append("}" if token[0] == "{" else "]")
        elif token[0] in "}]" and missing:
            missing.pop()
    return "".join(reversed(missing))


def find_objects(text: str) -> Found:
    """The objects in a text of any other kind; quotes count within objects only."""
    objects: list[str] = []
    start = _OBJECT_START.search(text)
    while start is not None:
        end = _closing(text, start.start())
        if end is None:
            return Found(tuple(objects), text[start.start() :])
        objects.append(text[start.start() : end])
        start = _OBJECT_START.search(text, end)
    return Found(tuple(objects), "")


def fenced(text: str) -> list[str]:
    """What stands between Markdown's fences of three backticks."""
    return [block[1] for block in _FENCE.finditer(text)]


def faults(value: Any) -> Iterator[tuple[str, str]]:
    """JSON pointer and reason of each place where a Python value is no JSON.

    Also where it is JSON that cannot be written as UTF-8, or is nested or large beyond reason.
    """
    waiting: list[tuple[str, int, Any]] = [("", 0, [value])]
    nodes = 0
    while waiting and nodes <= MAX_NODES:
        where, depth, node = waiting.pop()
        if depth > MAX_NESTING:
            yield where, f"is nested more than {MAX_NESTING} levels deep"
            continue
        nodes += len(node)
        for step, item in node.items() if isinstance(node, dict) else enumerate(node):
            if isinstance(node, dict) and not _is_text(step):
                yield where, "has a key that is no text"
            elif isinstance(item, dict | list):
                waiting.append((join(where, step) if depth else "", depth + 1, item))
            elif (reason := _scalar_fault(item)) is not None:
                yield join(where, step) if depth else "", reason
    if waiting:
        yield "", "is too large"


def join(pointer: str, step: str | int) -> str:
    """A JSON pointer (RFC 6901) that goes one step further."""
    return f"{pointer}/{str(step).replace('~', '~0').replace('/', '~1')}"


def show(value: Any, most: int = 60) -> str:
    """A value for a message: one line of printable text, shortened."""
    if isinstance(value, str):
        return f'"{shorten(value, most)}"'
    if isinstance(value, Mapping):
        return f"an object of {len(value)}"
    if isinstance(value, Sequence):
        return f"an array of {len(value)}"
    if isinstance(value, bool) or value is None:
        return json.dumps(value)
    if isinstance(value, int | float):
        return "a very large number" if abs(value) >= 10**most else repr(value)
    return f"a {type(value).__name__}"


def shorten(text: str, most: int) -> str:
    """Its beginning, in one line of printable characters."""
    short = text if len(text) <= most else f"{text[: most - 1]}…"
    return "".join(
        letter if letter.isprintable() else letter.encode("unicode_escape").decode()
        for letter in short
    )


def _closing(text: str, start: int) -> int | None:
    depth = 0
    for token in _TOKEN.finditer(text, start):
        if token[0] == "{":
            depth += 1
        elif token[0] == "}":
            depth -= 1
            if depth == 0:
                return token.end()
    return None


def _is_text(key: Any) -> bool:
    return isinstance(key, str) and _scalar_fault(key) is None


def _scalar_fault(value: Any) -> str | None:
    if isinstance(value, str):
        return None if _encodable(value) else "holds half a character"
    if isinstance(value, bool) or value is None:
        return None
    if isinstance(value, int):
        return None if -_TOO_LARGE < value < _TOO_LARGE else "is too large a number"
    if isinstance(value, float):
        return None if isfinite(value) else "is no finite number"
    return f"is a {type(value).__name__}, which is no JSON"


def _encodable(text: str) -> bool:
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return True


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    result: dict[str, Any] = {}
    for key, value in pairs:
        if key in result:
            raise NotJsonError(f"the key {show(key)} is there twice in one object")
        result[key] = value
    return result


def _whole(digits: str) -> int:
    if len(digits) > MAX_DIGITS:
        raise NotJsonError(f"a number has {len(digits)} digits")
    return int(digits)


def _finite(text: str) -> float:
    number = float(text)
    if not isfinite(number):
        raise NotJsonError(f"the number {shorten(text, 20)} is too large")
    return number


def _no_constant(name: str) -> NoReturn:
    raise NotJsonError(f"{name} is no JSON number")


def _decoder(*, strict: bool) -> json.JSONDecoder:
    return json.JSONDecoder(
        strict=strict,
        object_pairs_hook=_once,
        parse_constant=_no_constant,
        parse_int=_whole,
        parse_float=_finite,
    )


_STRICT = _decoder(strict=True)
_LENIENT = _decoder(strict=False)
