"""`hansard summarise`, `ask`, `clean` and `speakers suggest` as a person runs them."""

import json
import os
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import jsonschema_rs
import pytest

from hansard.testing.llm_server import (
    LlmRequest,
    LlmServer,
    Manner,
    agreeable,
    endless_stream,
    status,
    truncated_json,
)
from hansard.transcript import Segment, Transcript, Word
from hansard.work.demonstrate import find_sample
from hansard.writing.forms.template_files import shipped

HANSARD = [sys.executable, "-m", "hansard"]
MEETING = (
    ("SPEAKER_00", "Good morning, I'm Ana Kovač and I will chair this meeting."),
    ("SPEAKER_01", "Thank you, Ana. The budget for the harbour is two million euros."),
    ("SPEAKER_00", "We decided to move the launch to the first of March."),
    ("SPEAKER_01", "I will send the report about the budget by Friday."),
    ("SPEAKER_00", "Who will call the harbour office?"),
    ("SPEAKER_01", "The harbour office opens at nine, and the budget must be there."),
)


def meeting() -> Transcript:
    segments = tuple(
        Segment(id=n, text=text, start=10.0 * n, end=10.0 * n + 8, speaker=speaker)
        for n, (speaker, text) in enumerate(MEETING)
    )
    return Transcript(segments=segments, duration=60.0, language="en",
                      speakers=("SPEAKER_00", "SPEAKER_01"))  # fmt: skip


def test_a_model_may_name_speakers_too(talk: Path, home: dict[str, str]) -> None:
    """What people say of themselves counts first, and nobody's name is given to another."""
    for name, second in (("Harbour Office", ["model"]), ("Ana", [])):
        names = [{"speaker": "SPEAKER_01", "name": name, "segments": [5]}]
        with LlmServer({"speakers": names}) as server:
            done = run(home, "speakers", "suggest", talk, "--json", "--llm-url", server.url)
        reasons = [one["reason"] for one in json.loads(done.stdout)]
        assert reasons == ["introduced themselves", *second]


def plain_of(text: str) -> str:
    return "".join(c for c in text.lower() if c.isalnum() or c in " '")


def unpunctuated() -> Transcript:
    """What a recogniser without punctuation writes of it, with the times of its words."""
    segments = []
    for n, (speaker, text) in enumerate(MEETING):
        plain = plain_of(text)
        words = plain.split()
        step = 8.0 / len(words)
        timed = tuple(
            Word(text=" " + word, start=10.0 * n + i * step, end=10.0 * n + (i + 1) * step)
            for i, word in enumerate(words)
        )
        segments.append(
            Segment(
                id=n, text=plain, start=10.0 * n, end=10.0 * n + 8, speaker=speaker, words=timed
            )
        )
    return Transcript(segments=tuple(segments), duration=60.0, language="en",
                      versions={"asr_backend": {"name": "test", "punctuates": False}})  # fmt: skip


@pytest.fixture
def home(tmp_path: Path) -> dict[str, str]:
    """An environment of its own, so that nobody's settings or models matter."""
    keep = {n: v for n, v in os.environ.items() if not n.upper().startswith("HANSARD_")}
    return {
        **keep,
        "HOME": str(tmp_path / "home"),
        "XDG_DATA_HOME": str(tmp_path / "data"),
        "XDG_CONFIG_HOME": str(tmp_path / "config"),
        "HANSARD_MODEL": "demo",
        "HANSARD_OFFLINE": "true",
    }


@pytest.fixture
def talk(tmp_path: Path) -> Path:
    return meeting().save(tmp_path / "talk.json")


def run(
    home: dict[str, str], *arguments: str | Path, stdin: str = "", code: int = 0
) -> "subprocess.CompletedProcess[str]":
    done = subprocess.run(
        [*HANSARD, *map(str, arguments)],
        env=home, input=stdin, capture_output=True, text=True, timeout=120, check=False,
    )  # fmt: skip
    assert done.returncode == code, done.stderr
    return done


@pytest.mark.parametrize("template", sorted(shipped()))
def test_every_template_is_filled_without_a_model(
    template: str, talk: Path, home: dict[str, str]
) -> None:
    """The summary is valid, and every point is a quotation with its time."""
    found = json.loads(run(home, "summarise", talk, "--template", template).stdout)
    jsonschema_rs.validate(dict(shipped()[template].schema), found["summary"])
    assert found["evidence"]
    assert found["flagged"] == []
    spoken = " ".join(text for _, text in MEETING)
    for pointer, cited in found["evidence"].items():
        value = found["summary"]
        for part in pointer.split("/")[1:]:
            value = value[int(part)] if isinstance(value, list) else value[part]
        assert value in spoken or value in {"SPEAKER_00", "SPEAKER_01"}, pointer
        assert all(one["start"] == 10.0 * one["segment"] for one in cited)


def test_a_recording_is_transcribed_first(home: dict[str, str]) -> None:
    """An MP3 goes in, a summary with its evidence comes out."""
    found = json.loads(run(home, "summarise", find_sample("standup").path, "-q").stdout)
    assert found["summary"]["tags"]
    assert found["evidence"]["/tags/0"]


@pytest.mark.parametrize("kind", ["srt", "vtt", "txt", "json"])
def test_a_transcript_may_come_in_any_format_and_through_a_pipe(
    kind: str, tmp_path: Path, home: dict[str, str]
) -> None:
    """Subtitles and plain text are summarised, from a file and from standard input."""
    file = meeting().save(tmp_path / f"talk.{kind}")
    from_file = json.loads(run(home, "summarise", file).stdout)["summary"]
    piped = run(home, "summarise", "-", stdin=file.read_text(encoding="utf-8"))
    assert json.loads(piped.stdout)["summary"] == from_file


def test_a_transcription_brings_its_summary(tmp_path: Path, home: dict[str, str]) -> None:
    """`transcribe --summarise` writes NAME.summary.json beside the other files."""
    sample = find_sample("standup").path
    run(home, "transcribe", sample, "-f", "json", "-o", tmp_path, "--summarise", "generic_v1")
    made = json.loads((tmp_path / f"{sample.stem}.summary.json").read_text(encoding="utf-8"))
    assert made["summary"]["tags"]
    assert made["versions"]["summarization_llm"]["name"] == "extractive"


def test_a_language_model_that_fails_costs_no_transcript(
    tmp_path: Path, home: dict[str, str]
) -> None:
    """The transcript is there before the model is asked; the exit code says that not all is."""
    sample = find_sample("note").path
    with LlmServer([status(401, "no")]) as server:
        done = run(home, "transcribe", sample, "-f", "txt", "-o", tmp_path, "--summarise",
                   "generic_v1", "--llm-url", server.url, "--llm-model", "m", code=1)  # fmt: skip
    assert (tmp_path / f"{sample.stem}.txt").read_text(encoding="utf-8").strip()
    assert done.stderr.count("error: ") == 1
    assert not (tmp_path / f"{sample.stem}.summary.json").exists()


def test_chapters_are_written_as_podcasting_2_0_has_them(
    talk: Path, tmp_path: Path, home: dict[str, str]
) -> None:
    """`--chapters` writes a version and chapters with rising start times."""
    target = tmp_path / "chapters.json"
    run(home, "summarise", talk, "--chapters", target)
    found = json.loads(target.read_text(encoding="utf-8"))
    assert found["version"].startswith("1.")
    starts = [one["startTime"] for one in found["chapters"]]
    assert starts
    assert starts == sorted(starts)


def test_a_question_is_answered_with_the_times_where_it_was_said(
    talk: Path, home: dict[str, str]
) -> None:
    """The answer is quoted, with time and speaker; what was not said is not answered."""
    done = run(home, "ask", talk, "When do we launch?")
    assert "first of March" in done.stdout
    assert "[0:20] SPEAKER_00" in done.stdout
    unknown = json.loads(run(home, "ask", talk, "What about zebras?", "--json").stdout)
    assert unknown["answer"] is None


def test_names_are_suggested_and_applied_only_when_asked(
    talk: Path, tmp_path: Path, home: dict[str, str]
) -> None:
    """An introduction names its speaker; the file is as it was until `--apply`."""
    suggested = json.loads(run(home, "speakers", "suggest", talk, "--json").stdout)
    assert [(one["speaker"], one["name"]) for one in suggested] == [("SPEAKER_00", "Ana Kovač")]
    target = tmp_path / "named.json"
    run(home, "speakers", "suggest", talk, "--apply", "-o", target)
    assert "Ana Kovač" in json.loads(target.read_text(encoding="utf-8"))["speakers"]


def punctuate(request: LlmRequest) -> dict[str, object]:
    """A model that knows the meeting by heart: it punctuates the lines that it is given."""
    heard = re.search(r"<transcript>(.*)</transcript>", request.user, re.DOTALL)
    assert heard is not None
    by_heart = {plain_of(text): text for _, text in MEETING}
    lines = json.loads(heard[1])["lines"]
    return {"lines": [{"id": one["id"], "text": by_heart[one["text"]]} for one in lines]}


@pytest.fixture
def server() -> Iterator[LlmServer]:
    with LlmServer(punctuate, key="sk-secret") as running:
        yield running


def test_clean_up_keeps_times_words_and_speakers(
    server: LlmServer, tmp_path: Path, home: dict[str, str]
) -> None:
    """Text gets its punctuation; segments, words and speakers stay where they were."""
    before = unpunctuated()
    file = before.save(tmp_path / "raw.json")
    home |= {"HANSARD_LLM_URL": server.url, "HANSARD_LLM_KEY": "sk-secret"}
    done = run(home, "clean", file, "-f", "json")
    after = json.loads(done.stdout)
    assert [s["text"] for s in after["segments"]] == [text for _, text in MEETING]
    for old, new in zip(before.segments, after["segments"], strict=True):
        assert (new["start"], new["end"], new["speaker"]) == (old.start, old.end, old.speaker)
        assert new["raw"] == old.text
        assert len(new["words"]) == len(old.words)
    assert 0 < after["metrics"]["edit_rate_cleaning"] < 0.2
    used = after["versions"]["enhancement_llm"]
    assert (used["name"], used["model"]) == ("openai", "test-model")
    assert "sk-secret" not in done.stdout + done.stderr


def test_text_with_punctuation_is_copied_and_no_model_is_asked(
    server: LlmServer, talk: Path, home: dict[str, str]
) -> None:
    """The edit rate is 0, and nothing was sent."""
    done = run(home, "clean", talk, "-f", "json", "--llm-url", server.url)
    assert json.loads(done.stdout)["metrics"]["edit_rate_cleaning"] == 0.0
    assert server.requests == []


def test_a_server_writes_the_summary_and_its_settings_are_kept(
    talk: Path, home: dict[str, str]
) -> None:
    """What was asked for is sent and stored; what nobody set is not sent."""
    home["HANSARD_SUMMARY_TEMPERATURE"] = "0.1"
    with LlmServer(agreeable, key="sk-secret") as server:
        done = run(home, "summarise", talk, "--llm-url", server.url, "--llm-key", "sk-secret",
                   "--summary-top-p", "0.5")  # fmt: skip
    found = json.loads(done.stdout)
    jsonschema_rs.validate(dict(shipped()["generic_v1"].schema), found["summary"])
    assert server.asked[0].body["temperature"] == 0.1
    assert server.asked[0].body["top_p"] == 0.5
    assert "top_k" not in server.asked[0].body
    used = found["versions"]["summarization_llm"]
    assert used["model"] == "test-model"
    assert "sk-secret" not in done.stdout + done.stderr


def test_a_common_key_does_not_go_to_another_address(talk: Path, home: dict[str, str]) -> None:
    """`llm_key` belongs to `llm_url`: the summaries' own server does not see it."""
    with LlmServer(agreeable) as server:
        run(home, "summarise", talk, "--llm-url", "http://127.0.0.1:9/v1", "--llm-key", "sk-a",
            "--summary-llm-url", server.url)  # fmt: skip
    assert all("sk-a" not in str(request.headers) for request in server.requests)


BAD: tuple[tuple[Manner | str, str, int], ...] = (
    (status(401, "no"), "llm", 1),
    (status(429, "busy", {"Retry-After": "0"}), "llm", 1),
    ("no JSON at all, sorry", "llm", 1),
    (truncated_json(), "llm", 1),
    (endless_stream(), "llm", 1),
)


@pytest.mark.parametrize(("said", "word", "code"), BAD)
def test_a_bad_server_ends_in_one_clear_error(
    said: Manner | str, word: str, code: int, talk: Path, home: dict[str, str]
) -> None:
    """Refused, busy, garbage, cut and endless answers: exit 1, one error, one hint, no output."""
    with LlmServer([said]) as server:
        done = run(home, "summarise", talk, "--llm-url", server.url, "--llm-model", "m",
                   "--llm-attempts", "2", "--llm-timeout", "5", code=code)  # fmt: skip
    assert done.stdout == ""
    assert done.stderr.count("error: ") == 1
    assert "hint: " in done.stderr
    assert "Traceback" not in done.stderr


def test_a_server_that_is_down_is_told(talk: Path, home: dict[str, str]) -> None:
    """Nothing listens there: exit 1, and the address is named."""
    done = run(home, "summarise", talk, "--llm-url", "http://127.0.0.1:9/v1", "--llm-model", "m",
               "--llm-attempts", "1", code=1)  # fmt: skip
    assert "127.0.0.1:9" in done.stderr


@pytest.mark.parametrize("name", ["../generic_v1", "/etc/passwd", "Generic_V1", "nothing", ".."])
def test_a_template_is_named_by_its_id_and_never_by_a_path(
    name: str, talk: Path, home: dict[str, str]
) -> None:
    """What is no id of a template is wrong use, before anything is read."""
    done = run(home, "summarise", talk, "--template", name, code=2)
    assert "generic_v1" in done.stderr


@pytest.mark.parametrize("text", ["", " \n\t\n"])
def test_nothing_is_summarised_where_nothing_was_said(
    text: str, tmp_path: Path, home: dict[str, str]
) -> None:
    """An empty transcript is told so."""
    file = tmp_path / "empty.txt"
    file.write_text(text, encoding="utf-8")
    done = run(home, "summarise", file, code=2)
    assert "no words" in done.stderr


def test_one_word_is_summarised(tmp_path: Path, home: dict[str, str]) -> None:
    """A transcript of one word fills every shipped template that is asked for."""
    file = tmp_path / "word.txt"
    file.write_text("Harbour", encoding="utf-8")
    found = json.loads(run(home, "summarise", file, "-t", "meeting_notes_v1").stdout)
    assert found["summary"]["tags"] == ["Harbour"]


def test_own_templates_come_from_a_folder(tmp_path: Path, talk: Path, home: dict[str, str]) -> None:
    """A folder with a schema and a prompt is a template, under its own name."""
    folder = tmp_path / "templates" / "standup_v1"
    folder.mkdir(parents=True)
    texts = {"type": "string"}
    schema = {
        "type": "object",
        "properties": {
            "next_steps": {"type": "array", "items": texts},
            "tags": {"type": "array", "items": texts, "minItems": 1, "maxItems": 10},
        },
        "required": ["next_steps", "tags"],
    }
    (folder / "schema.json").write_text(json.dumps(schema), encoding="utf-8")
    (folder / "prompt.jinja").write_text("List the next steps.", encoding="utf-8")
    home["HANSARD_TEMPLATES_DIR"] = str(folder.parent)
    found = json.loads(run(home, "summarise", talk, "-t", "standup_v1").stdout)
    assert any("report" in step for step in found["summary"]["next_steps"])
    listed = json.loads(run(home, "summarise", "--list-templates", "--json").stdout)
    assert ("standup_v1", "folder") in {(one["template_id"], one["source"]) for one in listed}
