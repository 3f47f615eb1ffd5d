"""What a model thinks is taken out, and nothing else."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hansard.models.llm.reasoning import strip_reasoning

FAMILIES = [
    ("<think>", "</think>"),
    ("<THINK>", "</Think>"),
    ("<thinking>", "</thinking>"),
    ('<thinking mode="x">', "</thinking>"),
    ("<reasoning>", "</reasoning>"),
    ("<thought>", "</thought>"),
    ("[THINK]", "[/THINK]"),
    ("◁think▷", "◁/think▷"),
    ("<|START_THINKING|>", "<|END_THINKING|>"),
]
FINAL = "<|start|>assistant<|channel|>final"
TOOL = "<|channel|>commentary to=functions.x <|constrain|>json<|message|>{}<|call|>"
MARKS = [mark for family in FAMILIES for mark in family]


@pytest.mark.parametrize(("begin", "end"), FAMILIES)
def test_a_thinking_in_front_is_taken_out(begin: str, end: str) -> None:
    """What stands between the marks goes, what comes after stays."""
    assert strip_reasoning(f"{begin}\nHm, {{what}}?\n{end}\n\nYes.") == "Yes."


@pytest.mark.parametrize(("begin", "end"), FAMILIES)
def test_a_closing_mark_alone_ends_a_thinking(begin: str, end: str) -> None:
    """Templates that open the thinking themselves leave only its end in the answer."""
    assert strip_reasoning(f"Hm.{end}Yes.") == "Yes."


@pytest.mark.parametrize(("begin", "end"), FAMILIES)
def test_a_thinking_that_was_cut_leaves_no_answer(begin: str, end: str) -> None:
    """An opening mark alone means that the answer never came."""
    assert strip_reasoning(f"{begin}Hm, let me see") == ""


@pytest.mark.parametrize("mark", MARKS)
def test_marks_in_strings_of_json_stay(mark: str) -> None:
    """People may speak of tags; in an answer that is JSON their words are kept."""
    text = json.dumps(
        {"text": f'He said "{mark}" loudly', "more": [mark, "\\"]}, ensure_ascii=False
    )
    assert strip_reasoning(text) == text
    assert strip_reasoning(f"```json\n{text}\n```") == f"```json\n{text}\n```"
    assert strip_reasoning(f"<think>{mark[:-1]}</think>{text}") == text


def test_json_that_is_only_thought_of_is_taken_out() -> None:
    """A closing mark outside every string ends a thinking that began with JSON."""
    assert strip_reasoning('{"a": 1}? No.</think>{"a": 2}') == '{"a": 2}'


@pytest.mark.parametrize(
    ("text", "answer"),
    [
        ("<think>a</think>One <think>b</think>two", "One two"),
        ("<think>a <think>b</think> c</think>Yes", "Yes"),
        ("<think></think>\n\n", ""),
        ("One <think>and", "One"),
        ("[THINK]a[/THINK][1, 2]", "[1, 2]"),
        ("I think so, < think of it", "I think so, < think of it"),
        ("  no marks \n", "  no marks \n"),
        ("", ""),
    ],
)
def test_odd_places_of_marks(text: str, answer: str) -> None:
    """Several thinkings, one within the other, empty or late ones are taken out alike."""
    assert strip_reasoning(text) == answer


@pytest.mark.parametrize(
    ("text", "answer"),
    [
        (f"<|channel|>analysis<|message|>Hm.<|end|>{FINAL}<|message|>Yes.<|return|>", "Yes."),
        (f'{TOOL}{FINAL} <|constrain|>json<|message|>{{"a": 1}}', '{"a": 1}'),
        ("<|channel|>analysis<|message|>Hm, and", ""),
        ("analysisWe need to answer.assistantfinalYes.", "Yes."),
    ],
)
def test_of_harmony_only_the_final_channel_is_said(text: str, answer: str) -> None:
    """Analysis and commentary of gpt-oss are left out, also where its marks were stripped."""
    assert strip_reasoning(text) == answer


@given(st.lists(st.sampled_from([*MARKS, '"', "\\", "{", "a ", "\n"]), max_size=20).map("".join))
def test_whatever_comes_the_answer_is_part_of_it(text: str) -> None:
    """No order of marks, quotes and braces raises, or adds what was not there."""
    remaining = iter(text)
    assert all(letter in remaining for letter in strip_reasoning(text))


@given(st.text(alphabet=st.characters(exclude_characters="<[◁"), max_size=50))
def test_what_is_between_marks_never_remains(thought: str) -> None:
    """Any thinking without marks goes whole."""
    assert strip_reasoning(f"<think>{thought}</think>Yes.") == "Yes."


def test_many_marks_take_no_longer_than_their_length() -> None:
    """A hostile answer of a hundred thousand marks is done with at once."""
    assert strip_reasoning("<think>x</think>" * 100_000) == ""
    assert strip_reasoning('{"' + "<think>" * 100_000) == '{"' + "<think>" * 100_000
