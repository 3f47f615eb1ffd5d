"""Text into lines, in every script."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from transcript_samples import TOKEN, patient

from hansard.transcript.subtitles import PROFILES, Profile, SubtitleOptions, profile_of, wrap
from hansard.transcript.subtitles.languages import CLINGERS, JOINERS
from hansard.transcript.subtitles.scripts import NO_END, NO_START, clusters, columns
from hansard.transcript.subtitles.wrapping import Fill, atoms_of, pour

PLAIN = PROFILES["plain"]
ASIAN = PROFILES["asian"]
JAPANESE = "これは日本語の字幕の例です。「長い文章」は二行に分けて表示されます。"
CHINESE = "这是一个比较长的中文字幕示例，它需要分成两行来显示，因为放不下。"  # noqa: RUF001 - Chinese
THAI = "สวัสดีครับวันนี้เราจะมาพูดถึงเรื่องการถอดเสียงเป็นข้อความโดยอัตโนมัติ"
ARABIC = "مرحبا بكم في هذا البرنامج الذي نتحدث فيه عن التعرف على الكلام اليوم"


def narrow(width: int, lines: int | None = None, words: int | None = None) -> Profile:
    """The plain profile with lines of this width."""
    return profile_of(
        SubtitleOptions(max_line_width=width, max_line_count=lines, max_words_per_line=words)
    )


@pytest.mark.parametrize(
    ("text", "width"),
    [
        ("abc", 3),
        ("naïve", 5),
        ("nai\u0308ve", 5),
        ("日本", 4),
        ("ｱｲ", 2),
        ("한국", 4),
        ("สวัสดี", 4),
        ("\U0001f468\u200d\U0001f469\u200d\U0001f467", 2),
        ("\U0001f44d\U0001f3fd", 2),
        ("a\u200bb", 2),
        ("", 0),
    ],
)
def test_width_counts_what_a_screen_shows(text: str, width: int) -> None:
    """Wide characters take two columns, marks none, and a joined emoji counts once."""
    assert columns(text) == width


def test_clusters_keep_marks_flags_and_joined_emoji_whole() -> None:
    """A reader's character is never taken apart."""
    assert clusters("e\u0301a") == ["e\u0301", "a"]
    assert clusters("\U0001f1e9\U0001f1ea\U0001f1eb\U0001f1f7") == [
        "\U0001f1e9\U0001f1ea",
        "\U0001f1eb\U0001f1f7",
    ]
    assert len(clusters("\U0001f468\u200d\U0001f469")) == 1


def test_a_text_that_fits_stays_on_one_line() -> None:
    """Lines are as few as can be."""
    text = "Do we have questions about the budget?"
    assert wrap(text, PLAIN, "en") == (text,)


def test_a_break_falls_behind_punctuation() -> None:
    """A comma near the middle is where a reader pauses."""
    text = "Last week we had twelve errors, and this week we had three."
    assert wrap(text, PLAIN, None) == (
        "Last week we had twelve errors,",
        "and this week we had three.",
    )


@pytest.mark.parametrize(
    ("text", "language", "second"),
    [
        ("Please write that down in the notes for the design team.", "en", "in the notes"),
        ("The meeting of the whole team is on Tuesday at nine thirty.", "en", "is on Tuesday"),
        ("Wir haben gestern lange gewartet und dann den Bericht gelesen.", "de", "und dann"),
        ("Nous avons parlé longtemps avec les membres de cette équipe.", "fr", "avec les"),
    ],
)
def test_a_break_falls_before_a_joining_word(text: str, language: str, second: str) -> None:
    """Conjunctions and prepositions begin the second line in the languages that have a table."""
    assert wrap(text, PLAIN, language)[1].startswith(second)


def test_an_article_is_not_left_behind() -> None:
    """No line ends with a word that leans on the next one when another break is as good."""
    lines = wrap("We will send all of it to you as soon as the report is done.", PLAIN, "en")
    assert lines[0].split()[-1] not in {"the", "a", "of", "to", "as"}


def test_no_word_stands_alone_when_it_need_not() -> None:
    """A last word that does not fit takes company with it."""
    text = "This sentence is only just too long for lines"
    first, second = wrap(text, narrow(42), "en")
    assert len(first.split()) > 1
    assert len(second.split()) > 1


def test_the_lower_line_may_be_the_longer_one() -> None:
    """Where nothing else decides, the pyramid stands on its base."""
    first, second = wrap("aaaa bbbb cccc dddd eeee ffff gggg", narrow(20), None)
    assert len(first) <= len(second)


@pytest.mark.parametrize("text", [JAPANESE, CHINESE])
@pytest.mark.parametrize("width", range(4, 40))
def test_chinese_and_japanese_keep_marks_where_they_belong(text: str, width: int) -> None:
    """No line begins with a closing mark or small kana, none ends with an opening one."""
    lines = wrap(text, narrow(width), None)
    assert "".join(lines) == text
    for line in lines:
        assert line[0] not in NO_START
        assert line[-1] not in NO_END


def test_japanese_breaks_before_a_phrase_rather_than_inside_a_word() -> None:
    """A line break falls where hiragana ends."""
    assert wrap("明日の会議は大阪で行われます", narrow(22), "ja") == (
        "明日の会議は",
        "大阪で行われます",
    )


def test_a_full_width_character_is_one_in_the_asian_profile() -> None:
    """Sixteen full-width characters fill a line of `asian`, and twice as many narrow ones."""
    assert len(wrap("我" * 16, ASIAN)) == 1
    assert len(wrap("我" * 17, ASIAN)) == 2
    assert len(wrap("a" * 15 + " " + "b" * 16, ASIAN)) == 1
    assert len(wrap("我" * 21, PLAIN)) == 1
    assert len(wrap("我" * 22, PLAIN)) == 2


@pytest.mark.parametrize("width", range(2, 40))
def test_thai_never_parts_a_vowel_from_its_letter(width: int) -> None:
    """Vowels written before a letter do not end a line, those behind or above do not begin one."""
    lines = wrap(THAI, narrow(width), "th")
    assert "".join(lines) == THAI
    for line in lines:
        assert line[-1] not in "เแโใไ"
        assert columns(line[0]) == 1
        assert line[0] not in "ะาำ"


def test_right_to_left_text_keeps_its_order() -> None:
    """Arabic is broken between words and nothing is turned round."""
    lines = wrap(ARABIC, PLAIN, "ar")
    assert len(lines) == 2
    assert " ".join(lines) == ARABIC


def test_a_word_longer_than_a_line_keeps_a_line_for_itself() -> None:
    """No word is cut in two in a script that has spaces."""
    word = "Donaudampfschifffahrtsgesellschaftskapitän"
    assert wrap(f"Der {word} kam an", narrow(20), "de") == ("Der", word, "kam an")


def test_french_punctuation_stays_with_its_word() -> None:
    """A space before `!` or inside guillemets is no place to break."""
    for width in range(4, 30):
        for line in wrap("« Bonjour ! » dit-elle : où vas-tu ?", narrow(width), "fr"):
            assert line[0] not in "!?:»"
            assert line[-1] != "«"


def test_a_no_break_space_is_not_broken() -> None:
    """What a writer tied together stays together."""
    assert wrap("about 10\u00a0km away", narrow(8), "en") == ("about", "10\u00a0km", "away")


def test_a_limit_on_words_holds_on_every_line() -> None:
    """`max_words_per_line` counts words, however short they are."""
    lines = wrap("a b c d e f g", narrow(42, lines=3, words=3), "en")
    assert len(lines) == 3
    assert max(len(line.split()) for line in lines) == 3


def test_every_language_has_both_tables() -> None:
    """A language that knows where to break knows where not to."""
    assert set(JOINERS) == set(CLINGERS)


TEXTS = st.lists(TOKEN, max_size=30).map(" ".join)


@patient
@given(TEXTS, st.integers(1, 60), st.sampled_from([1, 2, 5]), st.sampled_from([None, "en"]))
def test_wrapping_loses_nothing_and_keeps_the_width(
    text: str, width: int, count: int, language: str | None
) -> None:
    """Lines hold the text in order, and only a piece that cannot be broken is too wide."""
    profile = profile_of(SubtitleOptions(max_line_width=width, max_line_count=count))
    lines = wrap(text, profile, language)
    assert "".join("".join(lines).split()) == "".join(text.split())
    assert len(lines) == pour(atoms_of(text), profile).lines
    for line in lines:
        assert columns(line) <= width or len(atoms_of(line)) == 1


def test_filling_goes_on_where_it_stopped() -> None:
    """Pouring in two goes is pouring once."""
    atoms = atoms_of("one two three four five six seven")
    profile = narrow(12)
    assert pour(atoms[3:], profile, pour(atoms[:3], profile)) == pour(atoms, profile)
    assert pour((), profile) == Fill()
