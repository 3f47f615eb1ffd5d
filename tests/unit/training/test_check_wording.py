"""What is told from transcripts: characters, scripts, languages, lengths, pace."""

from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hansard.errors import ModelDamagedError
from hansard.training.checks.tokens import MARKS, Estimate, Tokenizer
from hansard.training.checks.values import Finding, Limits
from hansard.training.checks.wording import (
    check_pace,
    check_text,
    forbidden,
    without_forbidden,
)
from hansard.training.manifest import Entry

DEMO = Path(__file__).parents[3] / "src" / "hansard" / "data" / "demo" / "hf" / "tokenizer.json"


def entry(text: str, **fields: Any) -> Entry:
    known = {"language": "en", "licence": "CC0-1.0", **fields}
    return Entry(id="a", audio=Path("/a.wav"), transcript=text, **known)


def findings(text: str, **fields: Any) -> dict[str, Finding]:
    found = check_text(entry(text, **fields), Estimate(), Limits())
    return {one.kind: one for one in found}


def test_a_good_transcript_has_no_findings() -> None:
    """A plain sentence with language and licence is as it should be."""
    assert findings("The meeting begins at nine.") == {}


def test_control_characters_are_an_error_that_names_them() -> None:
    """What no text has is named by its code."""
    found = findings("The\u0007 meeting be\u200bgins.")["characters"]
    assert (found.severity, found.value) == ("error", "U+0007, U+200B")


def test_text_read_in_a_wrong_encoding_is_an_error() -> None:
    """UTF-8 that was read as Windows-1252 or Windows-1250, and replacement characters, are seen."""
    text = "Škola je počela već žuti čas"
    for page in ("cp1252", "cp1250"):
        broken = text.encode().decode(page, errors="replace")
        assert findings(broken, language="hr")["encoding"].severity == "error"


def test_right_letters_are_no_wrong_encoding() -> None:
    """Letters of many languages pass, with their usual punctuation."""
    text = "Čeština, müßig, Ångström, São Paulo, în București, „navodnici“ \u2013 i crtica… ĆČŠŽĐ"
    assert "encoding" not in findings(text, language="cs")


def test_letters_of_two_scripts_are_told() -> None:
    """A Cyrillic letter in a Latin word is seen, and the word is named."""
    found = findings("The \u0440elease is ready.")["mixed scripts"]
    assert found.value == "\u0440elease"


def test_an_unknown_language_is_an_error_and_a_name_a_warning() -> None:
    """Models are told codes: a name can be put right, what nobody knows cannot."""
    assert findings("Good morning.", language="klingon")["language"].severity == "error"
    named = findings("Good morning.", language="English")["language"]
    assert (named.severity, named.limit) == ("warning", "en")


def test_another_language_than_declared_is_told() -> None:
    """English that is declared Croatian is seen; a short text is not judged."""
    text = "The report was ready and we had to send it to the people of the council"
    assert findings(text, language="hr")["other language"].value == "en"
    assert "other language" not in findings("The end", language="hr")


def test_what_is_not_declared_is_told() -> None:
    """Neither language nor licence: two warnings."""
    found = findings("Good morning.", language=None, licence=None)
    assert {kind: one.severity for kind, one in found.items()} == {
        "no language": "warning",
        "no licence": "warning",
    }


def test_a_transcript_of_too_many_tokens_is_an_error() -> None:
    """Five hundred words do not fit; eighty do, in either script."""
    found = findings("word " * 500)["too many tokens"]
    assert (found.severity, found.limit) == ("error", 448)
    assert "estimate" in found.message
    assert "too many tokens" not in findings("Брзо лети чудна птица " * 20, language="sr")


@given(st.text(st.characters(codec="utf-8"), max_size=200))
def test_what_was_cleaned_has_nothing_forbidden_left(text: str) -> None:
    """After cleaning nothing is found, and cleaning again changes nothing."""
    cleaned = without_forbidden(text)
    assert forbidden(cleaned) == ()
    assert without_forbidden(cleaned) == cleaned


def test_the_pace_is_judged_by_the_speech_that_is_there() -> None:
    """Far too many letters, far too few, and a usual pace."""
    text = "Ten or so words are usual for three or four seconds"
    measures, found = check_pace(text, 3.5, Limits())
    assert measures["characters_per_second"] == pytest.approx(41 / 3.5, abs=0.01)
    assert found == ()
    assert check_pace(text, 1.0, Limits())[1][0].kind == "rate"
    assert check_pace("Yes.", 20.0, Limits())[1][0].kind == "rate"


def test_many_short_words_are_too_fast_as_well() -> None:
    """Seven words a second are not said, however short they are."""
    (found,) = check_pace("i a o u e " * 3, 2.0, Limits())[1]
    assert (found.value, found.limit) == (7.5, 6.0)


def test_words_are_not_counted_where_no_spaces_part_them() -> None:
    """Chinese has no words between spaces, so only its characters are counted."""
    measures, found = check_pace("今天我们讨论会议的安排", 3.0, Limits())
    assert "words_per_second" not in measures
    assert found == ()


def test_too_little_speech_tells_no_pace() -> None:
    """Without speech, or without letters, nothing is judged."""
    assert check_pace("Hello", 0.1, Limits()) == ({}, ())
    assert check_pace("...", 5.0, Limits()) == ({}, ())


def test_a_tokenizer_counts_what_the_model_would() -> None:
    """The demo model's own tokenizer counts, with the marks that a model adds."""
    counter = Tokenizer(DEMO, "demo")
    assert counter.count("") <= MARKS + 1
    assert counter.count("good morning everyone") > MARKS + 2
    assert counter.count("word " * 500) > 448


def test_a_tokenizer_that_is_none_is_refused(tmp_path: Path) -> None:
    """A file that is no tokenizer is named."""
    path = tmp_path / "tokenizer.json"
    path.write_text("{}")
    with pytest.raises(ModelDamagedError, match=r"tokenizer\.json"):
        Tokenizer(path, "broken")
