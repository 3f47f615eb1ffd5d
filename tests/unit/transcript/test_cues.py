"""A transcript into cues: nothing lost, nothing overlapping, and as long as a reader needs."""

import math
import sys
from dataclasses import replace
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st
from transcript_samples import OPTIONS, SAMPLES, one, patient, said, sample, spread, transcripts

from hansard.transcript import Segment, Transcript, Word
from hansard.transcript.subtitles import PROFILES, Cue, SubtitleOptions, cues_of, profile_of
from hansard.transcript.subtitles.scripts import columns, is_visible

PROFILE_NAMES = tuple(PROFILES)


def visible(text: str) -> str:
    """The characters of a text that can be seen."""
    return "".join(character for character in text if is_visible(character))


def spoken(transcript: Transcript) -> str:
    """What can be seen of everything that was said."""
    return "".join(
        visible(segment.text or "".join(word.text for word in segment.words))
        for segment in transcript.segments
    )


def shown(cues: tuple[Cue, ...]) -> list[str]:
    """The cues as texts."""
    return [cue.text for cue in cues]


@patient
@given(transcripts(), OPTIONS, st.booleans())
def test_nothing_is_lost_whatever_comes_in(
    transcript: Transcript, options: SubtitleOptions, labels: bool
) -> None:
    """Every visible character and every visible word is in exactly one cue, in order."""
    cues = cues_of(transcript, options, labels=labels)
    assert "".join(visible(cue.text) for cue in cues) == spoken(transcript)
    words = [word for cue in cues for word in cue.words if is_visible(word.text)]
    assert words == [word for word in transcript.words if is_visible(word.text)]


@patient
@given(transcripts(), OPTIONS, st.booleans())
def test_cues_are_in_order_and_never_overlap(
    transcript: Transcript, options: SubtitleOptions, labels: bool
) -> None:
    """Each cue begins at or after the end of the one before it and lasts for some time."""
    clock = 0.0
    for cue in cues_of(transcript, options, labels=labels):
        assert cue.start >= clock
        assert cue.end > cue.start
        assert (round(cue.start, 3), round(cue.end, 3)) == (cue.start, cue.end)
        clock = cue.end


@patient
@given(transcripts(), OPTIONS)
def test_one_cue_has_one_speaker(transcript: Transcript, options: SubtitleOptions) -> None:
    """A change of speaker always begins a new cue."""
    cues = cues_of(transcript, options)
    voices = [
        (segment.speaker, visible(segment.text or "".join(word.text for word in segment.words)))
        for segment in transcript.segments
    ]
    expected = [speaker for speaker, text in voices for _ in text]
    assert [cue.speaker for cue in cues for _ in visible(cue.text)] == expected


@pytest.mark.parametrize("name", SAMPLES)
@pytest.mark.parametrize("profile_name", PROFILE_NAMES)
@pytest.mark.parametrize("words", [True, False])
@pytest.mark.parametrize("labels", [True, False])
def test_the_samples_keep_every_hard_limit(
    name: str, profile_name: str, words: bool, labels: bool
) -> None:
    """On real talk, width, lines, times and gap of each profile are kept."""
    profile = PROFILES[profile_name]
    transcript = sample(name, words=words)
    cues = cues_of(transcript, SubtitleOptions(subtitle_profile=profile.name), labels=labels)
    for cue in cues:
        assert len(cue.lines) <= profile.line_count
        assert max(columns(line) for line in cue.lines) <= profile.line_columns
        assert profile.shortest - 0.002 <= cue.end - cue.start <= profile.longest + 0.002
    for left, right in pairwise(cues):
        assert right.start - left.end >= profile.gap - 0.001
    assert cues[-1].end <= transcript.duration
    assert "".join(visible(cue.text) for cue in cues) == spoken(transcript)


def test_a_sentence_is_a_cue() -> None:
    """Two sentences of one segment are shown one after the other."""
    cues = cues_of(one("The first sentence ends here. The second one begins there.", 0, 5))
    assert shown(cues) == ["The first sentence ends here.", "The second one begins there."]


@pytest.mark.parametrize(
    "text",
    ["We met Dr. Smith at the hospital yesterday.", "He paid approx. ten pounds, e.g. in coins."],
)
def test_an_abbreviation_ends_no_sentence(text: str) -> None:
    """A full stop behind a title or before a small letter does not cut."""
    assert shown(cues_of(one(text))) == [text]


def test_a_pause_begins_a_cue() -> None:
    """A silence of 0.6 s parts what is said before from what is said after."""
    first, second = (
        spread(["this", "is", "said"], 0, 1.5),
        spread(["after", "a", "pause"], 2.1, 3.5),
    )
    segment = Segment(id=0, text="", start=0, end=3.5, words=(*first, *second))
    cues = cues_of(Transcript(segments=(segment,)))
    assert shown(cues) == ["this is said", "after a pause"]
    assert [cue.start for cue in cues] == [0.0, 2.1]


def test_a_long_sentence_is_cut_behind_a_clause() -> None:
    """What does not fit into a cue is cut at a comma and in even pieces."""
    text = (
        "When the committee had heard all of the evidence that was put before it, the chair "
        "thanked the witnesses, and the members withdrew to consider their report."
    )
    cues = cues_of(one(text, 0, 10))
    assert len(cues) == 2
    assert cues[0].text.endswith("before it,")


def test_the_label_takes_room_in_the_first_line() -> None:
    """With names shown, lines are wrapped so that name and text fit together."""
    segment = Segment(id=0, text="x" * 40, start=0, end=3, speaker="Ann")
    transcript = Transcript(segments=(segment,))
    assert cues_of(transcript)[0].lines == ("x" * 40,)
    (cue,) = cues_of(transcript, labels=True)
    assert cue.lines == ("Ann:", "x" * 40)
    assert (cue.label, cue.text, cue.speaker) == ("Ann:", "x" * 40, "Ann")


def test_a_word_of_another_speaker_gets_its_own_cue() -> None:
    """Speakers are told apart word by word where the words say who speaks."""
    words = (
        Word(text=" yes", start=0, end=1, speakers=("Ann",)),
        Word(text=" no", start=1, end=2, speakers=("Bo",)),
        Word(text=" both", start=2, end=3, speakers=("Bo", "Ann")),
        Word(text=" unsure", start=3, end=4),
    )
    segment = Segment(id=0, text=" yes no both unsure", start=0, end=4, words=words, speaker="Ann")
    cues = cues_of(Transcript(segments=(segment,)))
    assert [(cue.speaker, cue.text) for cue in cues] == [
        ("Ann", "yes"),
        ("Bo", "no"),
        ("Ann", "both unsure"),
    ]


def test_short_remarks_of_one_speaker_share_a_cue() -> None:
    """Cues that would flash by are joined."""
    cues = cues_of(said(("Okay.", 0, 0.4), ("Right.", 0.4, 0.8), ("Let's begin now.", 0.8, 2)))
    assert shown(cues) == ["Okay. Right. Let's begin now."]


def test_a_short_remark_is_not_shown_long_before_it_is_said() -> None:
    """Cues are not joined across a long silence."""
    cues = cues_of(said(("One.", 0, 2), ("Two.", 5, 5.3), ("Three is long enough.", 5.4, 8)))
    assert [cue.start for cue in cues] == [0.0, 5.0]
    assert cues[1].text == "Two. Three is long enough."


def test_a_short_cue_stays_while_nobody_speaks() -> None:
    """Silence is used to give a reader the shortest time and the reading speed."""
    brief, fast, _ = cues_of(
        said(
            ("Yes.", 0, 0.2),
            ("Quick words from a rapid speaker here.", 3, 4),
            ("The end of it.", 9, 11),
        )
    )
    assert brief.end == 0.7
    assert fast.end == pytest.approx(3 + 38 / 17, abs=0.001)


def test_the_last_cue_ends_with_the_recording() -> None:
    """No cue outlasts the recording, unless words do."""
    transcript = said(("Yes.", 3, 3.2))
    assert cues_of(replace(transcript, duration=3.5))[0].end == 3.5
    assert cues_of(replace(transcript, duration=3.0))[0].end == 3.2
    assert cues_of(transcript)[0].end == 3.7


def test_a_small_silence_is_bridged_where_the_profile_says_so() -> None:
    """Netflix closes a gap under half a second to two frames; `plain` leaves it."""
    transcript = said(("This is said slowly.", 0, 3), ("And so is this here.", 3.4, 6))
    assert cues_of(transcript)[0].end == 3.0
    netflix = cues_of(transcript, SubtitleOptions(subtitle_profile="netflix"))
    assert netflix[0].end == pytest.approx(3.4 - 2 / 24, abs=0.001)


def test_a_segment_without_words_is_one_cue_where_it_fits() -> None:
    """Without word times a segment is left whole, times as they are."""
    text = "Thanks Maria. Last week we had twelve errors."
    segment = Segment(id=0, text=text, start=1, end=5)
    (cue,) = cues_of(Transcript(segments=(segment,)))
    assert (cue.text, cue.start, cue.end, cue.words) == (text, 1.0, 5.0, ())


def test_a_long_segment_without_words_shares_its_time() -> None:
    """Where it is too long for one cue, text and time are shared out in proportion."""
    text = ("word " * 40).strip()
    cues = cues_of(Transcript(segments=(Segment(id=0, text=text, start=10, end=30),)))
    assert len(cues) > 2
    assert " ".join(shown(cues)) == text
    assert {cue.words for cue in cues} == {()}
    said_before = 0
    for cue in cues:
        assert cue.start == pytest.approx(10 + 20 * said_before / (len(text) + 1), abs=0.01)
        said_before += len(cue.text) + 1


def test_text_wins_where_the_words_spell_something_else() -> None:
    """Corrected text is shown although the words still have the old one."""
    words = spread(["colour", "of", "money"], 0, 3)
    segment = Segment(id=0, text="The corrected text.", start=0, end=3, words=words)
    (cue,) = cues_of(Transcript(segments=(segment,)))
    assert (cue.text, cue.words) == ("The corrected text.", ())


def test_words_without_spaces_take_those_of_the_text() -> None:
    """Words of programs that drop the spaces are shown as the text has them."""
    words = tuple(
        Word(text=text, start=index, end=index + 1)
        for index, text in enumerate(["a", "new", "day"])
    )
    segment = Segment(id=0, text="a new day", start=0, end=3, words=words)
    (cue,) = cues_of(Transcript(segments=(segment,)))
    assert (cue.text, cue.words) == ("a new day", words)


def test_segments_of_chinese_are_joined_without_a_space() -> None:
    """Two short segments make one line as their script writes it."""
    parts = [("好的。", 0.0, 0.4), ("我们开始吧。", 0.4, 2.0)]
    assert cues_of(said(*parts, language="zh"))[0].lines == ("好的。我们开始吧。",)


def test_overlapping_talk_is_shown_one_after_the_other() -> None:
    """A remark into another's sentence shortens the cue of that sentence."""
    long = Segment(id=0, text="A long statement that goes on.", start=0, end=5, speaker="Ann")
    interjection = Segment(id=1, text="Hear, hear!", start=2, end=3, speaker="Bo")
    first, second = cues_of(Transcript(segments=(long, interjection)))
    assert (first.start, first.end, second.start) == (0.0, 2.0, 2.0)


def test_words_at_one_instant_are_readable_for_a_moment() -> None:
    """Cues whose words all have the same time still follow each other."""
    words = tuple(Word(text=f" word{index}.", start=5, end=5) for index in range(40))
    segment = Segment(id=0, text="", start=5, end=5, words=words)
    cues = cues_of(Transcript(segments=(segment,)))
    assert len(cues) > 1
    assert all(cue.end - cue.start >= 0.1 - 1e-9 for cue in cues)


def test_a_word_that_lasts_for_ever_leaves_the_screen() -> None:
    """No cue stands longer than the profile allows."""
    words = (Word(text=" Amen", start=0, end=60),)
    (cue,) = cues_of(Transcript(segments=(Segment(id=0, text="", start=0, end=60, words=words),)))
    assert cue.end == 7.0


def test_times_that_are_no_numbers_do_no_harm() -> None:
    """A word without a sensible time stands where the one before it does."""
    words = (
        Word(text=" one", start=1, end=2),
        Word(text=" two", start=math.nan, end=math.inf),
        Word(text=" three", start=2, end=3),
    )
    (cue,) = cues_of(Transcript(segments=(Segment(id=0, text="", start=0, end=3, words=words),)))
    assert (cue.text, cue.start) == ("one two three", 1.0)


def test_options_take_the_place_of_the_profiles_numbers() -> None:
    """Width, lines, words and speed can each be set; the rest stays as the profile has it."""
    options = SubtitleOptions(
        subtitle_profile="bbc", max_line_width=20, max_line_count=1, max_words_per_line=2
    )
    profile = profile_of(options)
    assert (profile.line_width, profile.line_count, profile.words_per_line) == (20, 1, 2)
    assert (profile.measure, profile.longest) == ("words", 7.0)
    fast = profile_of(SubtitleOptions(subtitle_profile="bbc", subtitle_cps=30))
    assert (fast.measure, fast.speed, fast.ceiling) == ("characters", 30, 30)


def test_one_word_a_cue_can_be_asked_for() -> None:
    """Limits on words and lines cut as far as they must."""
    options = SubtitleOptions(max_words_per_line=1, max_line_count=1)
    assert shown(cues_of(one("one two three", 0, 3), options)) == ["one", "two", "three"]


def test_no_segments_make_no_cues() -> None:
    """A silent recording has no subtitles."""
    assert cues_of(Transcript(segments=())) == ()
    blank = Segment(id=0, text="  ", start=0, end=1, words=(Word(text=" ", start=0, end=1),))
    assert cues_of(Transcript(segments=(blank,))) == ()


def endless(count: int, word: str = " word") -> Transcript:
    """One sentence of so many words that never ends."""
    words = tuple(
        Word(text=f"{word}{index % 97}", start=index * 0.3, end=index * 0.3 + 0.2)
        for index in range(count)
    )
    segment = Segment(id=0, text="", start=0, end=count * 0.3, words=words)
    return Transcript(segments=(segment,), language="en")


def test_thousands_of_words_without_a_full_stop_are_cut_in_one_pass() -> None:
    """An endless sentence is laid out like any other, every limit kept."""
    cues = cues_of(endless(6000))
    assert sum(len(cue.words) for cue in cues) == 6000
    assert all(len(cue.lines) <= 2 and len(cue.text) <= 85 for cue in cues)


def calls_for(transcript: Transcript) -> int:
    """How many functions are called to lay out a transcript."""
    calls = 0

    def count(frame: object, event: str, argument: object) -> None:
        nonlocal calls
        calls += event in {"call", "c_call"}

    sys.setprofile(count)
    try:
        cues_of(transcript)
    finally:
        sys.setprofile(None)
    return calls


@pytest.mark.parametrize("word", [" word", "\u6211"])
def test_the_work_grows_with_the_words_and_no_faster(word: str) -> None:
    """Four times as many words take four times as many steps."""
    assert calls_for(endless(2000, word)) < 4.4 * calls_for(endless(500, word))


def test_a_short_sentence_takes_words_from_the_one_it_does_not_fit_with() -> None:
    """Where two sentences are too long for one cue, the cut moves so that neither flashes by."""
    follow = "Last week we had twelve errors on the page, and this week we had only three of them."
    cues = cues_of(said(("Thanks Maria.", 0, 0.5), (follow, 0.5, 6)))
    assert len(cues) == 2
    assert cues[0].text.startswith("Thanks Maria. Last week")


def test_a_last_word_before_another_speaker_joins_what_came_before() -> None:
    """A short end of a turn is not left to flash by before the next speaker."""
    text = (
        "The committee has considered the evidence and will report before the end of the session."
    )
    parts = [(text, 0.0, 5.0), ("Right.", 5.0, 5.2), ("Thank you.", 5.2, 7.0)]
    transcript = said(*parts)
    first, second, third = transcript.segments
    segments = (first, second, replace(third, speaker="Bo"))
    cues = cues_of(replace(transcript, segments=segments))
    assert cues[-2].text.endswith("session. Right.")
    assert min(cue.end - cue.start for cue in cues) >= 0.7
