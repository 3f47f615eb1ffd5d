"""What a job wants written about its transcript: kept with it, and never at its cost."""

import json
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import jsonschema_rs
import pytest

from hansard.errors import LlmAccessError, UnknownNameError, UnsupportedOptionError, UsageError
from hansard.models.llm import Ask, Generation, LanguageModelInfo, Reply, Usage
from hansard.storage.folder import FolderStore
from hansard.testing.llm_json import write_json
from hansard.transcript import Segment, Transcript, formats
from hansard.work.ask import ask
from hansard.work.clean import clean
from hansard.work.lending import WriterLent, Writing
from hansard.work.options import WriteOptions
from hansard.work.summarise import summarise
from hansard.work.wires import Pulse, Wires
from hansard.work.writing_up import Means, Order, check_writing, write_up
from hansard.writing.forms.shelf import Shelf

JOB, TOKEN = "0b6b9f0e-7c1c-4f0a-9d42-6c1d1f6ad6c5", "cafe" * 4
SAID = ("We decided to buy the harbour.", "Ana will send the report by Friday.")


def transcript(*, punctuates: bool = True) -> Transcript:
    texts = SAID if punctuates else tuple(text.lower().replace(".", "") for text in SAID)
    segments = tuple(
        Segment(id=n, text=text, start=float(n), end=n + 1.0) for n, text in enumerate(texts)
    )
    return Transcript(segments=segments, duration=2.0, language="en",
                      versions={"asr_backend": {"punctuates": punctuates}})  # fmt: skip


class Model:
    """A language model that writes what it is told to, and remembers what it was asked."""

    info = LanguageModelInfo(name="scripted", version="1", model="m", context=8192)

    def __init__(self, answer: Callable[[Ask], str]) -> None:
        self.answer = answer
        self.asked: list[Ask] = []

    def complete(
        self, ask: Ask, generation: Generation, cancelled: Callable[[], bool] = lambda: False
    ) -> Reply:
        del generation, cancelled
        self.asked.append(ask)
        return Reply(text=self.answer(ask), usage=Usage(requests=1, prompt_tokens=5))

    def count_tokens(self, text: str) -> int:
        return len(text) // 4 + 1

    def close(self) -> None:
        """There is nothing to free."""


class Bench:
    """A workshop with templates, a store, and perhaps a language model."""

    def __init__(self, folder: Path, model: Model | None = None) -> None:
        self.store = FolderStore(folder / "store")
        self.model = model
        self.told: list[tuple[str, Mapping[str, Any]]] = []

    @property
    def shelf(self) -> Shelf:
        return Shelf(None, self.store)

    def writes(self, task: Writing, options: WriteOptions) -> bool:
        del task, options
        return self.model is not None

    @contextmanager
    def lend_writer(self, task: Writing, options: WriteOptions) -> Iterator[WriterLent]:
        del task, options
        yield WriterLent(self.model)

    @property
    def means(self) -> Means:
        workshop: Any = self
        return Means(workshop, self.store, lambda kind, facts: self.told.append((kind, facts)),
                     lambda: False)  # fmt: skip


def order(*features: str, template: str = "") -> Order:
    return Order(job=JOB, token=TOKEN, features=frozenset(features), template_id=template)


def agree(asked: Ask) -> str:
    return write_json(asked.schema, ["harbour", "report"])


def test_a_summary_is_kept_beside_its_transcript(tmp_path: Path) -> None:
    """One run has both, and the facts name the hash of each."""
    bench = Bench(tmp_path)
    made = order("summary", template="generic_v1")
    facts = write_up(made, transcript(), WriteOptions(), bench.means)
    folder = facts["key"].rpartition("/")[0]
    summary = json.loads(bench.store.read(f"{folder}/summary.json"))
    jsonschema_rs.validate(dict(bench.shelf.find("generic_v1").schema), summary["content"])
    assert set(facts["parts"]) == {"summary.json"}
    assert ("staged", {"stage": "summarising"}) in bench.told
    assert summary["versions"]["summarization_llm"]["name"] == "extractive"


def test_what_is_not_asked_for_is_not_written(tmp_path: Path) -> None:
    """The raw transcript alone: no summary, no edit rate."""
    bench = Bench(tmp_path)
    facts = write_up(order("raw_transcript"), transcript(), WriteOptions(), bench.means)
    assert facts["parts"] == {}
    kept = formats.read(bench.store.read(facts["key"]).decode(), "json")
    assert "edit_rate_cleaning" not in kept.metrics


def test_text_without_punctuation_needs_a_language_model(tmp_path: Path) -> None:
    """It is not passed off as clean; with a model the raw text stays beside the clean one."""
    with pytest.raises(UnsupportedOptionError, match="punctuation"):
        clean(transcript(punctuates=False), WriteOptions(), Bench(tmp_path), Wires())

    def punctuate(asked: Ask) -> str:
        ids = asked.schema["properties"]["lines"]["items"]["properties"]["id"]["enum"]  # type: ignore[index]
        lines = [{"id": id_, "text": text} for id_, text in zip(ids, SAID, strict=True)]
        return json.dumps({"lines": lines})

    bench = Bench(tmp_path, Model(punctuate))
    made = clean(transcript(punctuates=False), WriteOptions(), bench, Wires())
    assert made.text == "\n".join(SAID)
    assert made.raw_text == transcript(punctuates=False).text
    assert 0 < made.metrics["edit_rate_cleaning"] < 0.2
    assert made.metrics["cleaning"]["prompt_tokens"] == 5
    assert made.versions["enhancement_llm"]["model"] == "m"


def test_text_with_punctuation_is_copied(tmp_path: Path) -> None:
    """No model is asked, and the edit rate is 0; `force` asks all the same."""
    model = Model(agree)
    made = clean(transcript(), WriteOptions(), Bench(tmp_path, model), Wires())
    assert made.metrics["edit_rate_cleaning"] == 0.0
    assert model.asked == []
    clean(transcript(), WriteOptions(), Bench(tmp_path, model), Wires(), force=True)
    assert model.asked


def test_what_cannot_be_written_is_told_before_anything_is_done(tmp_path: Path) -> None:
    """A template that is not there ends the job in its first second."""
    bench = Bench(tmp_path)
    with pytest.raises(UnknownNameError):
        check_writing(order("summary", template="../x"), WriteOptions(), bench)
    assert not check_writing(order("clean_transcript"), WriteOptions(), bench)
    assert check_writing(order("clean_transcript"), WriteOptions(), Bench(tmp_path, Model(agree)))


def test_a_language_model_that_fails_leaves_no_run(tmp_path: Path) -> None:
    """Nothing is committed that is only half of what was asked for."""

    def refuse(asked: Ask) -> str:
        del asked
        raise LlmAccessError("no")

    bench = Bench(tmp_path, Model(refuse))
    with pytest.raises(LlmAccessError):
        write_up(order("summary", template="generic_v1"), transcript(), WriteOptions(), bench.means)
    assert list(bench.store.list("records/")) == []


@pytest.mark.parametrize("with_model", [False, True])
def test_a_summary_says_what_it_cost(tmp_path: Path, with_model: bool) -> None:
    """Points, flagged points and seconds are counted, whoever writes."""
    bench = Bench(tmp_path, Model(agree) if with_model else None)
    made = summarise(transcript(), "meeting_notes_v1", WriteOptions(), bench, Wires())
    assert made.metrics["points"] == len(made.evidence) > 0
    assert made.metrics["flagged"] == len(made.flagged)
    assert made.metrics["seconds"] >= 0


def test_a_question_is_answered_by_whoever_is_there(tmp_path: Path) -> None:
    """By quotation without a model; with one by its answer, held against the segments."""
    quoted = ask(transcript(), "Who sends the report?", WriteOptions(), Bench(tmp_path), Wires())
    assert quoted.text == SAID[1]
    assert quoted.versions["answering_llm"]["name"] == "extractive"
    model = Model(lambda _: json.dumps({"answer": "Ana will send the report.", "segments": [1]}))
    told = ask(transcript(), "Who?", WriteOptions(), Bench(tmp_path, model), Wires())
    assert told.text == "Ana will send the report."
    assert [(one.segment, one.verdict) for one in told.evidence] == [(1, "supported")]
    with pytest.raises(UsageError, match="question"):
        ask(transcript(), " ", WriteOptions(), Bench(tmp_path), Wires())


@pytest.mark.parametrize(
    "options",
    [WriteOptions(summary_temperature=0.5), WriteOptions(summary_check="model")],
)
def test_what_quotations_cannot_honour_is_refused(tmp_path: Path, options: WriteOptions) -> None:
    """A temperature without a model would be accepted and ignored; a job is told at once."""
    bench = Bench(tmp_path)
    for deed in (
        lambda: summarise(transcript(), "generic_v1", options, bench, Wires()),
        lambda: ask(transcript(), "Who?", options, bench, Wires()),
        lambda: check_writing(order("summary", template="generic_v1"), options, bench),
    ):
        with pytest.raises(UnsupportedOptionError, match="summary_"):
            deed()


def test_long_silence_is_no_death() -> None:
    """Whoever is asked whether to stop tells from time to time that the work goes on."""
    events: list[Any] = []
    pulse = Pulse(Wires(events.append, lambda: True))
    pulse.advance(0.5)
    assert pulse.cancelled()
    assert len(events) == 1
    pulse._told -= 60
    assert pulse.cancelled()
    assert [event.share for event in events] == [0.5, 0.5]
