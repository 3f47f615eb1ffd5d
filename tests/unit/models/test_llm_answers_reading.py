"""What is taken for the answer in what a model wrote, and what is not."""

import json
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hansard.models.llm.answering.reading import CUT, MAX_LENGTH, read_answer
from hansard.models.llm.shapes.schemas import check_schema, problems_of

SCHEMA = check_schema(
    {
        "type": "object",
        "properties": {
            "tags": {"type": "array", "items": {"type": "string", "maxLength": 9}},
            "title": {"type": "string"},
            "count": {"type": "integer"},
            "mood": {"enum": ["good", "bad"]},
            "note": {"type": ["string", "null"]},
            "points": {
                "type": "array",
                "items": {
                    "type": "object",
                    "properties": {"text": {"type": "string"}, "by": {"type": "string"}},
                    "required": ["text"],
                },
            },
        },
        "required": ["tags", "title"],
    }
)
GOOD = {"tags": ["a"], "title": "b"}
TEXT = json.dumps(GOOD)


@pytest.mark.parametrize(
    "text",
    [
        TEXT,
        f"\ufeff  {TEXT}\n\n",
        f"```json\n{TEXT}\n```",
        f"```\n{TEXT}\n```",
        f"```json\n{TEXT}",
        f"Sure! Here is the summary:\n\n```json\n{TEXT}\n```\nAnything else?",
        f"Here you are: {TEXT} I hope that helps {{smile}}.",
        f'He said "yes {{no" and then: {TEXT}',
        f"The schema {{x}} gives {TEXT} and so on",
        f'An example is {{"tags": []}}, and the answer is {TEXT}',
        f"[{TEXT}]",
        f"```json\n[{TEXT}]\n```",
        f'[{{"tags": []}}, {TEXT}]',
        json.dumps(TEXT),
        json.dumps({"answer": GOOD}),
        json.dumps({"json": [GOOD]}),
        json.dumps({"output": TEXT}),
        json.dumps({"response": {"summary": GOOD}}),
        json.dumps({"type": "object", "properties": GOOD, "required": ["tags"]}),
        json.dumps({"title": GOOD}),
        "{'tags': ['a'], 'title': 'b'}",
        "{tags: ['a'], title: 'b',}",
        '{"tags": ["a"], // few\n "title": "b"}',
        '{"tags": ["a"] "title": "b"}',
        "Sure: {“tags”: [“a”], “title”: “b”}",
        f"{TEXT} {TEXT}",
        f"\x00{TEXT}",
    ],
)
def test_the_object_is_found_in_whatever_is_around_it(text: str) -> None:
    """Fences, prose, arrays, other objects, quotes, and JSON that is not quite JSON."""
    reading = read_answer(text, SCHEMA)
    assert (reading.value, reading.valid, reading.problems) == (GOOD, True, ())


def test_the_first_object_that_keeps_the_schema_is_taken() -> None:
    """And blocks between fences come before the prose around them."""
    other = json.dumps({"tags": ["z"], "title": "z"})
    assert read_answer(f"{TEXT} or {other}", SCHEMA).value == GOOD
    assert read_answer(f"Not {other} but\n```\n{TEXT}\n```", SCHEMA).value == GOOD


@pytest.mark.parametrize(
    "text",
    [
        json.dumps({"first": GOOD, "second": GOOD | {"title": "c"}}),
        json.dumps([GOOD, GOOD | {"title": "c"}]),
        json.dumps({"tags": [], "draft": GOOD}),
        json.dumps({"a": {"b": {"c": GOOD}}}),
    ],
)
def test_what_is_meant_is_not_guessed(text: str) -> None:
    """Two that could be meant, a wrong object with a right one inside, or one too deep inside."""
    reading = read_answer(text, SCHEMA)
    assert not reading.valid
    assert reading.problems


@pytest.mark.parametrize(
    ("wrong", "right"),
    [
        (GOOD | {"extra": 1, "more": {"a": [GOOD]}}, GOOD),
        (GOOD | {"count": None, "mood": None}, GOOD),
        (GOOD | {"note": None}, GOOD | {"note": None}),
        (
            GOOD | {"points": [{"text": "a", "by": None, "time": 3}]},
            GOOD | {"points": [{"text": "a"}]},
        ),
        ({"answer": GOOD | {"extra": 1}, "confidence": 0.9}, GOOD),
    ],
)
def test_keys_and_nulls_that_have_no_place_go(wrong: Any, right: Any) -> None:
    """If everything else is valid."""
    assert read_answer(json.dumps(wrong), SCHEMA).value == right


@pytest.mark.parametrize(
    ("wrong", "problem"),
    [
        (GOOD | {"count": "3"}, "/count: is "),
        (GOOD | {"tags": ["far too long"]}, "/tags/0: has 12 characters"),
        (GOOD | {"title": None}, "/title: is null"),
        (GOOD | {"mood": "Good"}, "/mood: is "),
        ({"tags": ["a"], "titel": "b"}, "/title: is missing"),
        ({"tags": "a", "title": "b"}, "/tags: is "),
        (GOOD | {"points": [{"by": "c"}]}, "/points/0/text: is missing"),
    ],
)
def test_nothing_is_shortened_invented_or_made_into_another_type(wrong: Any, problem: str) -> None:
    """The model is told instead."""
    reading = read_answer(json.dumps(wrong), SCHEMA)
    assert not reading.valid
    assert any(line.startswith(problem) for line in reading.problems)


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("", "no JSON object"),
        ("I cannot summarise that.", "no JSON object"),
        ("[1, 2]", "an array of 2"),
        ("42", "42"),
        ("null", "null"),
        ('"only text"', "only text"),
        ("{}", "/tags: is missing"),
        ('{"tags": ["a"], "tags": ["b"], "title": "c"}', 'the key "tags" is there twice'),
        ('So: {"tags": ["a"], "tags": ["b"], "title": "c"}', 'the key "tags" is there twice'),
        ('{"tags": ["a"], "title": "b", "count": NaN}', "NaN"),
        ('{"tags": ["a"], "title": "b", "count": -Infinity}', "-Infinity"),
        ('{"tags": ["a"], "title": "b", "count": 1e999}', "too large"),
        ('{"tags": ["a"], "title": "b", "count": ' + "9" * 5000 + "}", "5000 digits"),
        ('{"tags": ["a"], "title": , "count": 1}', "no JSON that can be used"),
        ('{"tags": ' + "[" * 100_000, "nested"),
        ('{"a":' * 50_000 + "1" + "}" * 50_000, "nested"),
        ("{" * 100_000, ""),
        ("[" * 100_000 + "]" * 100_000, "nested"),
        ('{"a": "' + "x" * MAX_LENGTH + '"}', "too long"),
        ("{'a': '" + '"{' * 100_000, ""),
        ("```" * 50_000 + "{", ""),
        (json.dumps([[{}] * 200] * 200), ""),
    ],
)
def test_answers_without_an_object_get_a_reason(text: str, problem: str) -> None:
    """Nothing that a model writes ends in an error or in a value of another kind."""
    for last in (False, True):
        reading = read_answer(text, SCHEMA, last=last)
        assert not reading.valid
        assert reading.problems
        assert problem in " ".join(reading.problems)
        assert all(line.isprintable() and len(line) < 500 for line in reading.problems)


def test_letters_that_do_harm_are_replaced() -> None:
    """What is given back can be written as UTF-8, and holds no control characters."""
    text = r'{"tags": ["a\u0000"], "title": "x\ud800y\u001b[31m z' + '\x07\nnew\tline 😀"}'
    value = read_answer(text, SCHEMA).value
    assert value == {"tags": ["a "], "title": "x\ufffdy [31m z \nnew\tline 😀"}
    assert json.dumps(value, ensure_ascii=False).encode()


def test_two_halves_of_a_character_are_one() -> None:
    """Also in JSON that must be mended first."""
    text = r"{'tags': ['\ud83d\ude00'], 'title': '\ude00\ud83d'}"
    assert read_answer(text, SCHEMA).value == {"tags": ["😀"], "title": "\ufffd\ufffd"}


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ('{"title": "b", "tags": ["a"], "count": 12', GOOD),
        ('{"title": "b", "tags": ["a"], "count":', GOOD),
        ('{"title": "b", "tags": ["a"], "mood": "goo', None),
        ('{"title": "b", "tags": ["a"], "points": [', GOOD),
        (
            '{"title": "b", "tags": ["a"], "points": [{"text": "c", "b',
            GOOD | {"points": [{"text": "c"}]},
        ),
        ('{"title": "b", "tags": ["a", ', GOOD),
        ('{"title": "b", "tags": ["a"', GOOD),
        ('{"title": "b", "tags": [', None),
        ('{"title": "b", "ta', None),
        ('{"tags": ["a"], "title": "', None),
        ('{"tags": ["a"], "title":', None),
        ('{"tags": ["a"], "title": "b', GOOD),
        ('{"tags": ["a"], "title": "b\\', GOOD),
        ('{"tags": ["a"], "title": "b\\u00', GOOD),
        ('Here:\n```json\n{"tags": ["a"], "title": "b', GOOD),
    ],
)  # fmt: skip
def test_a_cut_answer_is_closed_at_the_last_try_only(text: str, value: Any) -> None:
    """Before that it is asked for again; nothing that is required is made up."""
    before = read_answer(text, SCHEMA, finished=False)
    assert (before.valid, before.cut, before.problems[0]) == (False, True, CUT)
    reading = read_answer(text, SCHEMA, finished=False, last=True)
    assert reading.value == value
    assert reading.problems[0] == CUT
    assert read_answer(text, SCHEMA, finished=True) == before


def test_an_object_that_is_whole_counts_although_the_answer_was_cut() -> None:
    """What was cut is the talk after it."""
    reading = read_answer(f"{TEXT}\n\nI chose these tags becau", SCHEMA, finished=False)
    assert (reading.value, reading.problems) == (GOOD, ())


def test_an_object_within_a_cut_one_is_not_the_answer() -> None:
    """It may be a draft or a part."""
    reading = read_answer('{"parts": [' + TEXT + ', {"tags": ["a"', SCHEMA, finished=False)
    assert not reading.valid


def test_unescaped_quotes_are_no_cut() -> None:
    """A common fault of small models is mended at once."""
    reading = read_answer('{"tags": ["a"], "title": "say "hi" now"}', SCHEMA)
    assert (reading.value, reading.cut) == (GOOD | {"title": 'say "hi" now'}, False)


def is_beginning(part: Any, whole: Any) -> bool:
    """Whether a value is another one without some of its end; numbers and words are never half."""
    if isinstance(part, dict):
        return all(is_beginning(part[key], whole[key]) for key in part)
    if isinstance(part, list):
        pairs = zip(part, whole, strict=False)
        return len(part) <= len(whole) and all(is_beginning(*pair) for pair in pairs)
    if isinstance(part, str):
        return isinstance(whole, str) and whole.startswith(part)
    return bool(part == whole)


words = st.text(st.characters(exclude_categories=["C"]), max_size=9)
points = st.fixed_dictionaries({"text": words}, optional={"by": words})
answers = st.fixed_dictionaries(
    {"tags": st.lists(words, min_size=1, max_size=3), "title": words},
    optional={
        "count": st.integers(),
        "mood": st.sampled_from(["good", "bad"]),
        "note": st.none() | words,
        "points": st.lists(
            st.fixed_dictionaries({"text": words}, optional={"by": words}), max_size=2
        ),
    },
)


@given(answers, st.booleans(), words.filter(lambda text: not set(text) & set("{}`")))
@settings(max_examples=150, deadline=None)
def test_a_valid_answer_comes_back_as_it_is(answer: Any, ascii_only: bool, prose: str) -> None:
    """Alone, between fences, in prose, in a wrapper."""
    text = json.dumps(answer, ensure_ascii=ascii_only, indent=1 if ascii_only else None)
    for form in (text, f"```json\n{text}\n```", f"{prose} {text} {prose}", f'{{"answer": {text}}}'):
        assert read_answer(form, SCHEMA).value == answer


@given(answers, st.data(), st.booleans(), st.booleans())
@settings(max_examples=300, deadline=None)
def test_a_cut_answer_holds_nothing_that_was_not_said(
    answer: Any, data: st.DataObject, finished: bool, ascii_only: bool
) -> None:
    """Wherever it is cut: texts may end early, numbers and words are whole, keys were there."""
    text = json.dumps(answer, ensure_ascii=ascii_only)
    cut = text[: data.draw(st.integers(0, len(text) - 1))]
    assert not read_answer(cut, SCHEMA, finished=finished).valid
    reading = read_answer(cut, SCHEMA, finished=finished, last=True)
    if reading.valid:
        assert is_beginning(reading.value, answer)
        assert reading.problems == (CUT,)


pieces = st.sampled_from(
    ['{"', '"}', "{", "}", "[", "]", '"', "'", ",", ":", "\\", "```", "\n", "tags", '"tags":',
     '["a"]', '"title"', '"b"', "null", "NaN", "-", "1e9", "\x00", "\ud800", "//", "/*", "“",
     "true", " ", TEXT]
)  # fmt: skip


@given(st.lists(pieces, max_size=25).map("".join), st.booleans(), st.booleans())
@settings(max_examples=500, deadline=None)
def test_any_text_gives_a_valid_object_or_a_reason(text: str, finished: bool, last: bool) -> None:
    """And never an error."""
    reading = read_answer(text, SCHEMA, finished=finished, last=last)
    assert reading.valid == (reading.value is not None)
    if reading.valid:
        assert problems_of(reading.value, SCHEMA) == ()
        assert json.loads(json.dumps(reading.value, ensure_ascii=False).encode()) == reading.value
    else:
        assert reading.problems
        assert all(line.isprintable() for line in reading.problems)
