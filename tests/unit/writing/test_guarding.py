"""What must not come out of a model, in any disguise, and what is put in its place."""

import base64
import json
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hansard.models.llm.shapes.schemas import problems_of
from hansard.writing.guards.guarding import Guard, canary_of, fitted
from hansard.writing.guards.text import Cleaner, without_unseen

CANARY = canary_of("what was said")
KEY = "sk-live-4eC39HqLyjWDarjtT1zdp7dc"
INSTRUCTIONS = (
    "You write summaries of meetings for people who were not there and have one minute to read "
    "them, in full sentences."
)
GUARD = Guard(CANARY, INSTRUCTIONS, (KEY,), "We talked about the harbour and about boats.")
SCHEMA: dict[str, Any] = {
    "type": "object",
    "properties": {
        "title": {"type": "string", "minLength": 3, "maxLength": 40},
        "mood": {"type": "string", "enum": ["good", "bad"]},
        "tags": {
            "type": "array",
            "items": {"type": "string", "minLength": 1, "maxLength": 12},
            "uniqueItems": True,
        },
    },
    "required": ["title", "tags"],
    "additionalProperties": False,
}


@pytest.mark.parametrize("secret", [CANARY, KEY])
@pytest.mark.parametrize(
    "disguise",
    [
        lambda s: s,
        lambda s: s.upper(),
        lambda s: s[::-1],
        " ".join,
        lambda s: "-".join(s[::-1]),
        "\u200b".join,
        lambda s: base64.b64encode(s.encode()).decode(),
        lambda s: base64.b64encode(b"the word is " + s.encode() + b"!").decode(),
        lambda s: base64.b64encode(b"xy" + s.encode()).decode(),
        lambda s: s.encode().hex(),
        lambda s: s[len(s) // 2 - 1 :],
    ],
)
def test_secrets_are_found_in_disguise(secret: str, disguise: Any) -> None:
    """Spelled out, backwards, in base64 and hexadecimal, or half of it: it is found."""
    assert GUARD.leaks({"title": f"It says {disguise(secret)} here"}) == ("/title",)


def test_a_secret_in_pieces() -> None:
    """One that is spread over several strings is found in each of them, and nowhere else."""
    content = {"title": f"one {CANARY[:9]}", "tags": [CANARY[9:], "boats"]}
    assert set(GUARD.leaks(content)) == {"/title", "/tags/0"}


def test_the_instructions_are_found() -> None:
    """Twelve words in a row of the instructions leak; eleven do not, nor what people said."""
    words = INSTRUCTIONS.split()
    assert GUARD.leaks({"title": " ".join(words[2:14])}) == ("/title",)
    assert GUARD.leaks({"title": " ".join(words[2:13])}) == ()
    said = Guard(CANARY, INSTRUCTIONS, (), f"Ana: {INSTRUCTIONS}")
    assert said.leaks({"title": INSTRUCTIONS}) == ()


def test_ordinary_text_is_no_leak() -> None:
    """Talk about the same things gives nothing away."""
    assert GUARD.leaks({"title": "Boats in the harbour", "tags": ["boats", "sk-live"]}) == ()


@pytest.mark.parametrize(
    ("secret", "said", "found"),
    [
        ("ollama", "We run Ollama at home.", False),
        ("ollama", "We run models at home.", True),
        ("x", "x marks the spot", False),
        ("", "nothing", False),
        ("pa55word", "My pa55word is secret.", True),
    ],
)
def test_placeholders_are_no_secrets(secret: str, said: str, found: bool) -> None:
    """A key that is an ordinary word that was said, or next to nothing, is not looked for."""
    guard = Guard(CANARY, "", (secret,), said)
    assert bool(guard.leaks({"title": f"about {secret} x marks"})) is found


def test_complaints_repeat_no_secret() -> None:
    """What the model is told about a leak does not leak."""
    told = " ".join(GUARD.complaints({"title": f"{CANARY} {KEY}"}))
    assert "/title" in told
    assert CANARY not in told
    assert KEY not in told


def test_what_leaks_is_withheld() -> None:
    """It is replaced within the schema's bounds; choices and everything else stay."""
    content = {"title": f"Key {KEY}", "mood": "good", "tags": [CANARY[:12], CANARY[:11], "boats"]}
    kept, gone = GUARD.withhold(content, SCHEMA)
    assert gone == ("/title", "/tags/0", "/tags/1")
    assert kept == {
        "title": "[withheld]",
        "mood": "good",
        "tags": ["[withheld]", "[withheld] 2", "boats"],
    }
    assert problems_of(kept, SCHEMA) == ()


BOUNDS = st.tuples(st.integers(0, 60), st.integers(1, 60)).map(
    lambda pair: {"type": "string", "minLength": min(pair), "maxLength": max(pair)}
)


@settings(max_examples=60)
@given(BOUNDS, st.integers(1, 8))
def test_what_is_withheld_stays_valid(text: dict[str, Any], count: int) -> None:
    """Whatever the bounds of a string, alone or among others, its replacement keeps them."""
    longest = int(text["maxLength"])
    least = int(text["minLength"])
    shape = {
        "type": "object",
        "properties": {"tags": {"type": "array", "items": text}},
    }
    leak = (CANARY * 4)[: max(least, min(longest, 60))] or "x"
    kept, gone = GUARD.withhold({"tags": [leak] * count}, shape)
    assert problems_of(kept, shape) == ()
    if longest >= 18:
        assert len(gone) == count
    assert CANARY not in json.dumps(kept)


def test_fitting() -> None:
    """A text too short is filled up, one too long is cut."""
    assert fitted("abc", {"maxLength": 2}) == "ab"
    assert len(fitted("", {"minLength": 25, "maxLength": 25})) == 25


@pytest.mark.parametrize(
    ("written", "shown"),
    [
        ("See https://evil.example/?q=secret for more.", "See for more."),
        ("![x](https://evil.example/x.png?d=1)", "x"),
        ("A [report](http://evil.example/r) was made.", "A report was made."),
        ("<img src='https://evil.example/x'>Done", "Done"),
        ("Go to evil.example/steal?d=1 now", "Go to now"),
        ("mail mailto:eve@evil.example please", "mail please"),
        ("javascript:alert(1)", "[withheld]"),
        ("See https://hansard.example/talk.", "See https://hansard.example/talk."),
        ("See https://hansard.example/talk?leak=1", "See"),
        ("The site is at example.org/notes.", "The site is at example.org/notes."),
        (
            "Either/or, 3/4, 10:30, a < b and note: yes.",
            "Either/or, 3/4, 10:30, a < b and note: yes.",
        ),
    ],
)
def test_links_that_nobody_said_are_taken_out(written: str, shown: str) -> None:
    """Links, images and HTML stay only where the transcript has them, also spoken."""
    cleaner = Cleaner("look at https://hansard.example/talk or at example dot org slash notes")
    content, touched = cleaner.clean({"title": written}, {})
    assert content == {"title": shown}
    assert touched == (("/title",) if written != shown else ())


def test_unseen_characters_are_taken_out() -> None:
    """Control, bidi, zero-width and tag characters go; line breaks and needed joiners stay."""
    assert without_unseen("a\x00b\u202ec\u200bd\ufeffe\U000e0041f\r\ng") == "a bcdef\ng"
    persian, family = "\u0645\u06cc\u200c\u062e\u0648", "\U0001f469\u200d\U0001f467"
    assert without_unseen(persian) == persian
    assert without_unseen(family) == family
    assert without_unseen("pass\u200dword") == "password"


@settings(max_examples=100)
@given(st.text(max_size=80))
def test_cleaning_twice_changes_nothing_more(text: str) -> None:
    """What was cleaned is clean."""
    once = without_unseen(text)
    assert without_unseen(once) == once
