"""What the pages of an evaluation count: words, characters, groups of two kinds."""

import pytest
from report_cases import rows, scored

from hansard.evaluation.report.bands import band_rank, in_order
from hansard.evaluation.report.confusions import list_confusions, locate, make_matrix
from hansard.evaluation.report.diffs import KINDS, kind_of, pair_times
from hansard.evaluation.report.heat import make_heat
from hansard.evaluation.report.histograms import length_bars, rate_bars
from hansard.evaluation.report.numbers import decimal, percent, plural, shorten
from hansard.evaluation.report.rows import worst_rows
from hansard.evaluation.report.shades import legend, shade_of
from hansard.evaluation.report.tallies import (
    characters,
    never_right,
    tally_characters,
    tally_words,
)
from hansard.evaluation.report.vocabulary import make_alphabet
from hansard.transcript import Segment, Transcript, Word

RIGHT = scored("a", [("dan", "dan"), ("je", "je")], speaker="Ana", duration=1.0)
WRONG = scored(
    "b",
    [("dan", "don"), ("je", None), (None, "ovaj"), ("reka", "rijeka")],
    speaker="Ben",
    duration=3.0,
)


def test_words_are_counted_once_each_whatever_became_of_them() -> None:
    """Hits, mistakes and variants add up to what was said, and a variant is right."""
    tally = tally_words([RIGHT, WRONG, None])
    assert tally.said == {"dan": 2, "je": 2, "reka": 1}
    assert tally.right == {"dan": 1, "je": 1, "reka": 1}
    assert tally.wrong == {("dan", "don"): 1, ("je", None): 1, (None, "ovaj"): 1}
    assert tally.tolerated == {("reka", "rijeka"): 1}
    assert tally.accuracy("dan") == 0.5


def test_two_words_that_are_one_variant_count_as_two() -> None:
    """A pair whose reference has a space between its words says each of them."""
    pair = scored("a", [("reka", "rijeka")]).pairs[0]
    both = scored("a", [])
    joined = type(both)(
        utterance=both.utterance,
        words=both.words,
        characters=both.characters,
        pairs=(type(pair)("radit ću", "radiću", tolerated=True),),
    )
    assert tally_words([joined]).said == {"radit": 1, "ću": 1}
    assert tally_words([joined]).right == {"radit": 1, "ću": 1}


def test_characters_are_compared_within_words_that_stand_together() -> None:
    """`dan` heard as `don` is an `a` for an `o`; what was added was said nowhere."""
    tally = tally_characters(tally_words([RIGHT, WRONG]))
    assert tally.wrong["a", "o"] == 1
    assert tally.wrong["j", None] == tally.wrong["e", None] == 1
    assert tally.wrong[None, "v"] == 1
    assert (tally.said["a"], tally.right["a"]) == (2 + 1, 1 + 1)
    assert tally.right["d"] == tally.said["d"] == 2


def test_marks_belong_to_their_letter() -> None:
    """A letter with a mark is one character, whether it is stored as one or as two."""
    assert characters("c\u030ca") == ["\u010d", "a"]
    assert characters("x\u0301y") == ["x\u0301", "y"]
    assert characters("\u0301") == ["\u0301"]


def test_words_never_right_tell_what_was_written_instead() -> None:
    """The most frequent come first, with what stands in their place; the rest is counted."""
    tally = tally_words([scored("a", [("x", "y"), ("x", "y"), ("x", None), ("z", "y")]), RIGHT])
    missed, total = never_right(tally, 1)
    assert total == 2
    assert [(each.word, each.count, each.heard) for each in missed] == [
        ("x", 3, (("y", 2), (None, 1)))
    ]


def test_the_matrix_accounts_for_everything_that_was_said() -> None:
    """Each row adds up to how often its word was said, with what has no column under others."""
    tally = tally_words([scored("a", [("x", "y"), ("x", "z"), ("x", "x"), ("x", None)]), WRONG])
    matrix = make_matrix(tally, 2)
    assert matrix.columns[-2:] == ("all others", "\u2205")
    assert (matrix.shown, matrix.mistaken) == (2, 7)
    for line in matrix.lines[:-1]:
        assert sum(cell.count for cell in line.cells) == line.said
    assert sum(cell.count for cell in matrix.lines[-1].cells) == 1  # what was added


def test_confusions_are_found_again_in_their_utterances() -> None:
    """The most frequent mistake comes first and knows the rows that it is in."""
    many = [scored(str(n), [("da", "ne"), ("da", "ne")]) for n in range(3)]
    table = rows([RIGHT, *many])
    found = locate(list_confusions(tally_words(many), 5), table, 0)
    assert [(each.said, each.heard, each.count, each.rows) for each in found] == [
        ("da", "ne", 6, (1, 2, 3))
    ]


def test_the_heat_map_pools_what_shares_both_features() -> None:
    """A cell has the errors of its utterances; where there are none it is empty."""
    figure = make_heat(rows([RIGHT, WRONG]), 1)[0]
    assert (figure.down, figure.across) == ("speaker", "length")
    (heat,) = figure.maps
    assert heat.columns == ("under 2 s", "2-5 s")
    cells = dict(heat.lines)
    assert cells["Ana"][1] is None
    assert cells["Ana"][0] is not None
    assert cells["Ana"][0].rate.errors == 0
    assert cells["Ben"][1] is not None
    assert cells["Ben"][1].rate.errors == 4


def test_without_lengths_words_are_counted() -> None:
    """Where an utterance does not tell its length, columns are words."""
    figures = make_heat(rows([RIGHT, scored("c", [("x", "x")], speaker="Cvita")]), 1)
    assert [(each.down, each.across) for each in figures] == [("speaker", "words")]


def test_nothing_to_group_by_makes_no_heat_map() -> None:
    """Utterances that tell nothing of themselves give no figure."""
    assert make_heat(rows([scored("a", [("x", "x")])]), 1) == ()
    assert make_heat(rows([RIGHT]), 1) == (), "one cell is no map"


@pytest.mark.parametrize(
    ("rate", "shade"), [(None, 0), (0, 0), (0.001, 1), (0.02, 1), (0.0201, 2), (0.5, 7), (9, 8)]
)
def test_shades_are_fixed(rate: float | None, shade: int) -> None:
    """The same rate has the same shade on every page."""
    assert shade_of(rate) == shade
    assert len(legend()) == 9


def test_bands_stand_in_their_order() -> None:
    """Stretches are sorted by their edges, not by their letters; unknown ones come last."""
    labels = ["over 30 s", "unknown", "10-20 s", "2-5 s", "under 2 s"]
    assert in_order(labels) == ["under 2 s", "2-5 s", "10-20 s", "over 30 s", "unknown"]
    assert band_rank("under 0 dB") < band_rank("0-10 dB")


def test_the_worst_rows_come_first() -> None:
    """Words where nothing was said have no rate and are worse than any."""
    invented = scored("i", [(None, "hvala")])
    table = rows([RIGHT, WRONG, invented], [RIGHT])
    assert [table[n].utterance.id for n in worst_rows(table)] == ["i", "b", "a"]


def test_models_meet_by_id_and_not_by_place() -> None:
    """Order does not matter, what one model lacks is empty, and equal ids meet in turn."""
    other = scored("a", [("dan", "x")])
    table = rows([RIGHT, WRONG, RIGHT], [WRONG, other, RIGHT, scored("c", [])])
    assert [row.utterance.id for row in table] == ["a", "b", "a", "c"]
    assert [row.scored[1] for row in table][:3] == [other, WRONG, RIGHT]
    assert table[3].scored[0] is None


def test_histograms_leave_nobody_out() -> None:
    """Bars add up to all utterances, those without a rate included."""
    table = rows([RIGHT, WRONG, scored("i", [(None, "x")], duration=400.0)])
    bars = rate_bars(table, 0)
    assert sum(bar.count for bar in bars) == 3
    assert (bars[0].count, bars[-1].count) == (1, 2)
    lengths, unit = length_bars(table)
    assert (sum(bar.count for bar in lengths), unit) == (3, "seconds")
    assert length_bars(rows([scored("a", [])]))[1] == "words"
    assert length_bars(())[0] == ()


def test_the_alphabet_tells_foreign_and_missing_characters() -> None:
    """Characters that no reference has, and those that a model never writes, are marked."""
    letters = {each.shown: each for each in make_alphabet(rows([WRONG]), 1).letters}
    assert letters["o"].kind == "foreign"
    assert letters["d"].kind == ""
    assert letters["k"].kind == ""
    assert make_alphabet(rows([scored("a", [("x", "y")])]), 1).letters[0].kind == "never"


def test_invisible_characters_are_shown_by_their_code() -> None:
    """A direction mark is named, a lone mark stands on a circle."""
    odd = scored("a", [("\u202ex", "\u0301")])
    shown = {each.shown for each in make_alphabet(rows([odd]), 1).letters}
    assert shown == {"U+202E", "x", "\u25cc\u0301"}


def test_each_pair_is_of_one_kind() -> None:
    """Equal, substituted, deleted, inserted and tolerated words are told apart."""
    pairs = [*WRONG.pairs, *RIGHT.pairs[:1]]
    kinds = ["substituted", "deleted", "inserted", "tolerated", "equal"]
    assert [kind_of(pair) for pair in pairs] == kinds
    assert set(kinds) == set(KINDS)


def test_words_take_their_times_from_the_transcript() -> None:
    """A word has the model's time, a word left out the reference's, another none."""
    heard = Transcript(
        segments=(
            Segment(
                id=0,
                text="Don, ovaj",
                start=0.0,
                end=2.0,
                words=(
                    Word(text=" Don,", start=0.25, end=0.5),
                    Word(text=" ovaj", start=1.5, end=2.0),
                ),
            ),
        )
    )
    said = Transcript(
        segments=(
            Segment(id=0, text="je", start=0, end=1, words=(Word(text="je", start=0.75, end=1.0),)),
        )
    )
    one = scored("a", WRONG_PAIRS, transcript=heard, reference_transcript=said)
    assert pair_times(one) == [0.25, 0.75, 1.5, None]
    assert pair_times(RIGHT) == [None, None]


WRONG_PAIRS = [("dan", "don"), ("je", None), (None, "ovaj"), ("x", None)]


def test_numbers_are_written_for_people() -> None:
    """Dashes for what is not known, true minus signs, commas in thousands, no minus nought."""
    assert percent(None) == decimal(float("nan")) == "\u2013"
    assert decimal(-0.04) == "0.0"
    assert decimal(-1234.56, 2) == "\u22121,234.56"
    assert percent(0.12345, 2) == "12.35"
    assert shorten("abcdefgh", 8) == "abcdefgh"
    assert shorten("abcdefghi", 8) == "abc\u2026fghi"
    assert plural(1, "utterance") == "1 utterance"
    assert plural(2000, "utterance") == "2,000 utterances"
