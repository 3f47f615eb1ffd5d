"""Asking a model for an object until it gives one that keeps its schema."""

import json
from collections.abc import Callable, Sequence
from typing import Any

import pytest

from hansard.errors import Cancelled, LlmAccessError, LlmAnswerError, LlmUnreachableError
from hansard.models.llm import Ask, Generation, LanguageModelInfo, Message, Reply, Usage
from hansard.models.llm.answering.answers import Answered, ask_object
from hansard.models.llm.answering.reading import CUT
from hansard.models.llm.shapes.schemas import check_schema

SCHEMA = check_schema(
    {
        "type": "object",
        "properties": {"tags": {"type": "array", "items": {"type": "string"}}},
        "required": ["tags"],
    }
)
QUESTION = (Message("system", "You summarise."), Message("user", "Summarise this."))
GOOD = '{"tags": ["a"]}'
BAD = '{"tags": []}'
COST = Usage(requests=1, prompt_tokens=10, completion_tokens=2)


class Scripted:
    """A model that gives or raises what it was told to, in turn, and keeps what it was asked."""

    def __init__(self, *script: str | Reply | Exception, context: int = 8192) -> None:
        self.script = list(script)
        self.info = LanguageModelInfo(name="scripted", version="1", model="m", context=context)
        self.asked: list[Ask] = []
        self.generations: list[Generation] = []

    def complete(
        self, ask: Ask, generation: Generation, cancelled: Callable[[], bool] = lambda: False
    ) -> Reply:
        if cancelled():
            raise Cancelled
        self.asked.append(ask)
        self.generations.append(generation)
        step = self.script.pop(0)
        if isinstance(step, Exception):
            raise step
        return step if isinstance(step, Reply) else Reply(text=step, usage=COST)

    def count_tokens(self, text: str) -> int:
        return len(text) // 3 + 1

    def close(self) -> None:
        """Nothing to free."""


def asked(model: Scripted, *, retries: int = 2, **more: Any) -> Answered:
    generation = more.pop("generation", Generation())
    ask = Ask(messages=QUESTION, schema=SCHEMA)
    return ask_object(model, ask, generation, retries=retries, **more)


def test_a_good_answer_is_asked_for_once() -> None:
    """With the question, the schema and the generation as they are."""
    model = Scripted(GOOD)
    generation = Generation(temperature=0.7, max_tokens=50)
    answered = asked(model, generation=generation)
    assert answered == Answered(value={"tags": ["a"]}, usage=COST, attempts=1)
    assert model.asked == [Ask(messages=QUESTION, schema=SCHEMA)]
    assert model.generations == [generation]


def test_a_wrong_answer_is_fed_back_with_what_is_wrong() -> None:
    """As the model's own message and one of the user; the costs are added up."""
    model = Scripted(BAD, GOOD)
    answered = asked(model)
    assert (answered.attempts, answered.problems) == (2, ())
    assert answered.usage == Usage(requests=2, prompt_tokens=20, completion_tokens=4)
    *question, said, told = model.asked[1].messages
    assert tuple(question) == QUESTION
    assert said == Message("assistant", BAD)
    assert told.role == "user"
    assert "- /tags: has 0 items, and must have at least 1\n" in told.content
    assert told.content.endswith("Answer with the whole corrected JSON object only.")
    assert model.asked[1].schema == SCHEMA


def test_only_the_last_wrong_answer_is_fed_back() -> None:
    """So that the conversation does not grow; a repeated one is called so."""
    model = Scripted("first", "second", "second", GOOD)
    asked(model, retries=3)
    third, fourth = model.asked[2].messages, model.asked[3].messages
    assert [len(third), len(fourth)] == [4, 4]
    assert third[2].content == "second"
    assert "same answer" not in third[3].content
    assert "same answer" in fourth[3].content


@pytest.mark.parametrize(
    ("temperature", "later"), [(None, None), (0.0, 0.0), (0.7, 0.0), (2.0, 0.0)]
)
def test_later_tries_are_at_temperature_zero_where_one_was_set(
    temperature: float | None, later: float | None
) -> None:
    """Everything else about the generation stays."""
    model = Scripted(BAD, BAD, GOOD)
    asked(model, generation=Generation(temperature=temperature, top_p=0.9))
    assert model.generations == [
        Generation(temperature=temperature, top_p=0.9),
        Generation(temperature=later, top_p=0.9),
        Generation(temperature=later, top_p=0.9),
    ]


@pytest.mark.parametrize(("retries", "times"), [(0, "once"), (1, "2 times"), (-1, "once")])
def test_nothing_valid_is_an_error_that_says_how_often_was_asked(retries: int, times: str) -> None:
    """With the first problem and what can be done."""
    model = Scripted(*[BAD] * 5)
    with pytest.raises(LlmAnswerError, match=rf"asked {times} .*: /tags: has 0 items") as caught:
        asked(model, retries=retries)
    assert len(model.asked) == max(retries, 0) + 1
    assert "llm_schema" in caught.value.hint
    assert caught.value.retry == "permanent"


def test_the_error_is_one_printable_line_of_moderate_length() -> None:
    """Whatever the model wrote."""
    text = json.dumps({"tags": ["x"], "\x1b[31m\u202e" * 500: 1, "tagss": "\n" * 1000, "z": {}})
    model = Scripted(text.replace('["x"]', '"\\u001b' + "y" * 5000 + '"'))
    with pytest.raises(LlmAnswerError) as caught:
        asked(model, retries=0)
    assert str(caught.value).isprintable()
    assert len(str(caught.value)) < 500


def test_complaints_about_a_valid_answer_are_fed_back() -> None:
    """Until there are none."""
    model = Scripted(GOOD, '{"tags": ["b"]}')
    answered = asked(model, complain=lambda value: ["no a"] if value["tags"] == ["a"] else [])
    assert (answered.value, answered.attempts, answered.problems) == ({"tags": ["b"]}, 2, ())
    assert "- no a\n" in model.asked[1].messages[-1].content


def test_the_valid_answer_with_the_fewest_complaints_is_given_back() -> None:
    """Although later ones are worse, invalid or no answer at all."""

    def complain(value: Any) -> Sequence[str]:
        return [f"bad {tag}" for tag in value["tags"]]

    model = Scripted('{"tags": ["a", "b"]}', GOOD, '{"tags": ["a", "c"]}', BAD, LlmAnswerError("x"))
    answered = asked(model, retries=4, complain=complain)
    assert (answered.value, answered.problems) == ({"tags": ["a"]}, ("bad a",))
    assert answered.attempts == 5


def test_no_answer_at_all_is_asked_for_again_in_the_same_words() -> None:
    """It counts as a try and as a request."""
    model = Scripted(LlmAnswerError("garbage"), BAD, LlmAnswerError("garbage"), GOOD)
    answered = asked(model, retries=3)
    assert answered.attempts == 4
    assert answered.usage.requests == 4
    assert model.asked[0] == model.asked[1]
    assert model.asked[2] == model.asked[3] != model.asked[1]


def test_the_last_error_of_the_model_is_raised_again() -> None:
    """As it came."""
    last = LlmAnswerError("garbage again", hint="look at the server")
    with pytest.raises(LlmAnswerError) as caught:
        asked(Scripted(BAD, LlmAnswerError("garbage"), last))
    assert caught.value is last


@pytest.mark.parametrize("error", [LlmUnreachableError("down"), LlmAccessError("no"), Cancelled()])
def test_other_errors_pass_through_at_once(error: Exception) -> None:
    """Nothing is asked after them."""
    model = Scripted(BAD, error, GOOD)
    with pytest.raises(type(error)) as caught:
        asked(model)
    assert caught.value is error
    assert len(model.asked) == 2


def test_nothing_is_asked_once_it_is_cancelled() -> None:
    """Between two tries as well."""
    model = Scripted(BAD, GOOD)
    with pytest.raises(Cancelled):
        asked(model, cancelled=lambda: len(model.asked) == 1)
    assert len(model.asked) == 1


def test_a_cut_answer_is_asked_for_again_with_the_remark_to_write_less() -> None:
    """The end that is missing is not guessed."""
    model = Scripted(Reply(text='{"tags": ["a", "b', finished=False), GOOD)
    assert asked(model).value == {"tags": ["a"]}
    assert CUT in model.asked[1].messages[-1].content
    assert "Write less" in model.asked[1].messages[-1].content


def test_an_answer_that_is_cut_at_the_last_try_is_closed_and_says_so() -> None:
    """It is better than nothing, if it is valid; but no better than a whole one before."""
    cut = Reply(text='{"tags": ["a", "b', finished=False)
    answered = asked(Scripted(cut, cut), retries=1)
    assert (answered.value, answered.problems) == ({"tags": ["a", "b"]}, (CUT,))
    answered = asked(Scripted(GOOD, cut), retries=1, complain=lambda _: ["one"])
    assert (answered.value, answered.problems) == ({"tags": ["a"]}, ("one",))


def test_answers_that_are_always_cut_get_the_hint_to_allow_more() -> None:
    """Because a larger model would be cut as well."""
    cut = Reply(text='{"tags": [', finished=False)
    with pytest.raises(LlmAnswerError, match="cut before its end") as caught:
        asked(Scripted(cut, cut), retries=1)
    assert "max_tokens" in caught.value.hint


def test_a_long_wrong_answer_is_shown_in_part() -> None:
    """At most twenty problems come with it."""
    text = json.dumps({"tags": list(range(9000))})
    model = Scripted(text, GOOD, context=100_000)
    asked(model)
    said, told = model.asked[1].messages[-2:]
    assert text.startswith(said.content.removesuffix(" [...]"))
    assert len(said.content) < 5_000
    assert told.content.count("\n- ") == 20


def test_an_answer_that_leaves_no_room_is_not_shown() -> None:
    """The remark goes into the question, so that turns alternate; with less room it is shorter."""
    text = json.dumps({"tags": list(range(300))})
    for context, remarks in ((1024, 20), (512, 1)):
        model = Scripted(text, GOOD, context=context)
        asked(model, generation=Generation(max_tokens=300))
        before, told = model.asked[1].messages
        assert before == QUESTION[0]
        assert told.role == "user"
        assert told.content.startswith(
            "Summarise this.\n\nYour last answer cannot be used:\n- /tags"
        )
        assert told.content.count("\n- /") == remarks


def test_an_empty_answer_is_not_shown_as_a_message() -> None:
    """Some servers refuse empty messages."""
    model = Scripted("", GOOD)
    asked(model)
    assert [message.role for message in model.asked[1].messages] == ["system", "user"]
    assert "no JSON object" in model.asked[1].messages[-1].content


def test_what_is_fed_back_can_be_sent() -> None:
    """Control characters and halves of characters are replaced in it."""
    model = Scripted("\x00\ud800\x1b[31m sorry", GOOD)
    asked(model)
    sent = model.asked[1].messages[2].content
    assert sent == " \ufffd [31m sorry"
    assert sent.encode()


def test_a_question_that_does_not_end_with_the_user_gets_the_remark_after_it() -> None:
    """Whatever the roles before."""
    model = Scripted("", GOOD)
    ask = Ask(messages=(Message("system", "Only this."),), schema=SCHEMA)
    ask_object(model, ask, Generation(), retries=1)
    assert [message.role for message in model.asked[1].messages] == ["system", "user"]


def test_a_question_without_a_schema_is_a_mistake_of_the_caller() -> None:
    """There would be nothing to hold the answer against."""
    with pytest.raises(ValueError, match="no schema"):
        ask_object(Scripted(GOOD), Ask(messages=QUESTION), Generation(), retries=0)
