"""Sentences in the Croatian, Serbian and Bosnian standards, and made-up words that sound like them.

The grammar's sentences teach words; the made-up ones teach letters: these languages are written as
they are spoken, so a model that has learnt the letters can write words that it never heard.
"""

import random
from collections.abc import Mapping, Sequence
from functools import cache
from pathlib import Path

HERE = Path(__file__).parent
STANDARDS = ("hr", "sr", "bs")
_ONSETS = (
    "b c č ć d dž đ f g h j k l lj m n nj p r s š t v z ž br bl cr cv dr dv fr gl gr gn hl hr hv "
    "kl kr kv ml mr mn pl pr pj pt sk sl sm sn sp st str sv šk šl šp št šm tr tv vl vr zd zg zl zm "
    "zn zv žd žr bj vj mj"
).split()  # fmt: skip
_VOWELS = "a a a e e e i i i o o o u u r".split()
_CODAS = ["", "", "", "", "", *"n m r l s t k j v d š st".split()]
_ENDINGS = (
    "a e i o u ti ja je nje ost ski ska sko ovi ima ama og oj em om ica ka stvo ao la lo li uje "
    "ujem imo ite aju ić ović ač ar an ani ija ije iju enje anje iti ati ovati irati čki ška šnje "
    "ljiv ćemo"
).split()  # fmt: skip
_SMALL = (
    "i a u o na je su se da za od do iz po ne li bi će ću sam smo ste nije ali ili kad ako što šta "
    "kako jer ni pa te već još sve taj to ova ono mi vi on ona nas vas njih mu joj sa bez kroz "
    "pred"
).split()  # fmt: skip


def make_sentence(standard: str, dice: random.Random, *, invented: float) -> str:
    """A sentence of a standard (`hr`, `sr`, `bs`); `invented` is the share of made-up ones."""
    if dice.random() < invented:
        return _babble(dice)
    column = STANDARDS.index(standard)
    return fill(dice.choice(_templates())[column], column, dice)


def fill(template: str, column: int, dice: random.Random) -> str:
    """A template with a word in each of its slots."""
    text = template
    while "{" in text:
        slot = text.partition("{")[2].partition("}")[0]
        word = dice.choice(_lexicon()[slot])[column]
        text = text.replace("{" + slot + "}", word, 1)
    return text[0].upper() + text[1:]


def is_held_out(sentence: str) -> bool:
    """Whether a sentence of the grammar is kept for the test: a tenth of them, by what they say."""
    return random.Random(f"held out {sentence.casefold()}").random() < 0.1


def _babble(dice: random.Random) -> str:
    words = [
        dice.choice(_SMALL) if dice.random() < 0.3 else _word(dice)
        for _ in range(dice.randint(2, 8))
    ]
    if len(words) > 4 and dice.random() < 0.3:
        words[dice.randint(1, len(words) - 3)] += ","
    if dice.random() < 0.2:
        words[-1] = words[-1].capitalize()
    text = " ".join(words)
    return text[0].upper() + text[1:] + dice.choice("....?!")


def _word(dice: random.Random) -> str:
    syllables = dice.choice((0, 1, 1, 1, 2, 2, 3))
    word = ""
    for _ in range(syllables):
        onset = dice.choice(_ONSETS) if dice.random() < 0.9 else ""
        vowel = dice.choice(_VOWELS)
        if vowel == "r" and (not onset or onset[-1] in "rlj"):
            vowel = "e"
        word += onset + vowel + (dice.choice(_CODAS) if dice.random() < 0.4 else "")
    return word + dice.choice(_ONSETS) + dice.choice(_ENDINGS)


@cache
def _templates() -> Sequence[tuple[str, ...]]:
    return [tuple(line.split("\t")) for line in _lines("templates.tsv")]


@cache
def _lexicon() -> Mapping[str, Sequence[tuple[str, ...]]]:
    found: dict[str, list[tuple[str, ...]]] = {}
    for line in _lines("lexicon.tsv"):
        slot, *words = line.split("\t")
        found.setdefault(slot, []).append(tuple(words))
    return found


def _lines(name: str) -> Sequence[str]:
    text = (HERE / name).read_text(encoding="utf-8")
    return [line for line in text.splitlines() if line and not line.startswith("#")]
