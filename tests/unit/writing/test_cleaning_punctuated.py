# ruff: noqa: RUF001 - letters and marks of many scripts are meant
"""Whether a transcript has punctuation already."""

import pytest
from cleaning_samples import JFK, bare, spoken

from hansard.transcript import Transcript
from hansard.writing.cleaning.punctuated import is_punctuated

GERMAN = "Wir haben heute lange gesprochen. Das war gut. Wie geht es nun weiter? Das weiß niemand."
CHINESE = "今天我们不去学校，因为下雨。你们去吗？我不知道。他们可能会去，也可能不会去。"
ARABIC = "كيف حالك اليوم؟ أنا بخير والحمد لله. ذهبنا إلى السوق. واشترينا الخبز والماء."
THAI = "สวัสดีครับ วันนี้เราไม่ไปโรงเรียน เพราะว่าฝนตก พรุ่งนี้เราจะไปด้วยกัน " * 5


@pytest.mark.parametrize("text", [" ".join(JFK), GERMAN, CHINESE, ARABIC, GERMAN.upper()])
def test_marks_and_capitals_are_seen(text: str) -> None:
    """A text with the marks and the capitals of its script is punctuated."""
    assert is_punctuated(spoken([text] * 3)) is True


@pytest.mark.parametrize(
    "text",
    [
        bare(" ".join(JFK)),
        bare(GERMAN),
        bare(GERMAN).upper(),
        bare(GERMAN).title(),
        GERMAN.lower(),
        CHINESE.replace("。", "").replace("？", "").replace("，", ""),
        bare(ARABIC),
    ],
)
def test_their_absence_is_seen(text: str) -> None:
    """A text without marks, or without capitals where its script has them, is not."""
    assert is_punctuated(spoken([text] * 3)) is False


@pytest.mark.parametrize("text", ["", "hello", "yes.", "good morning everybody", THAI])
def test_little_text_tells_nothing(text: str) -> None:
    """A few words, and a script without such marks, tell nothing."""
    assert is_punctuated(spoken([text])) is None


def test_one_full_stop_in_a_long_text_is_not_enough() -> None:
    """A full stop here and there does not make a text punctuated; neither do those in numbers."""
    text = bare(" ".join(JFK))
    assert is_punctuated(spoken([*[text] * 9, "The end."])) is False
    assert is_punctuated(spoken([f"{text} 3.5 and 4.25"] * 9)) is False


@pytest.mark.parametrize("punctuates", [True, False])
def test_what_made_it_may_say(punctuates: bool) -> None:
    """Where the recogniser says whether it punctuates, the text is not asked."""
    texts = [bare(JFK[0])] if punctuates else list(JFK)
    said = spoken(texts * 5)
    versions = {"asr_backend": {"punctuates": punctuates}}
    transcript = Transcript(segments=said.segments, versions=versions)
    assert is_punctuated(transcript) is punctuates


@pytest.mark.parametrize("made", [None, "whisper", {"punctuates": "yes"}, {"name": "whisper"}])
def test_what_made_it_may_be_anything(made: object) -> None:
    """A note of another kind counts as none."""
    transcript = Transcript(segments=spoken(JFK).segments, versions={"asr_backend": made})
    assert is_punctuated(transcript) is True
