"""Words in which `lj`, `nj` or `dž` are two letters, and so become two letters in Cyrillic.

Almost always the pair is one sound and one Cyrillic letter (konj, Njegoš, džep, odžak). It is two
where a prefix ends in the first letter and a stem begins with the second (nad|živeti, od|žaliti),
and in some words from Latin and Greek (in|jekcija, kon|jugacija). No such word with `lj` is in use.
"""

import re
from typing import Final

BREAK: Final = "\x1f"
"""Stands between two letters that are not one; no text holds it."""
_ANYWHERE: Final = (
    "in|jekc in|jekt in|jicir kon|jug kon|junk kon|jekt van|jezič pan|jelin pan|jugo van|jugo "
    "tan|jug pod|župan nad|župan"
)
"""Stems that are so wherever they stand in a word: re|in|jekcija, disko|n|jug."""
_AT_START: Final = "an|jon ben|jamin in|jurij in|junk min|just"
"""Stems that are so only where a word begins: an|jon, but kanjon."""
_PREFIXED: Final = (
    "nad|živ nad|žanj nad|žnj nad|že nad|žup nad|žand od|žal od|živ od|žvak od|žubor od|žuri "
    "od|žudi od|žmur od|žmir od|žeg od|žeć od|žet od|žnj od|žanj od|žder od|žigos od|žvrg od|žulj "
    "pod|žan pod|žar pod|žeć pod|žeg pod|žež pod|žig pod|živ pod|žiz pod|žiž pod|žbun pod|žut "
    "pod|žup pod|želud pod|žlezd pod|žlijezd pred|želud pred|život pred|žetv pred|ženid pred|žalb "
    "pred|žrtv"
)
"""Prefix and stem, where a word begins, or behind another prefix: ne|od|žaljen."""
_PREFIXES: Final = "(?:ne|is|po|naj|najne)?"
_PAIR: Final = re.compile("nj|dž", re.IGNORECASE)


def _compile() -> tuple[re.Pattern[str], ...]:
    """One pattern for each list; what it finds ends where the two letters part."""
    lists = (("", _ANYWHERE), ("^", _AT_START), (f"^{_PREFIXES}", _PREFIXED))
    return tuple(
        re.compile(
            f"{start}(?:{'|'.join(stem.replace('|', '(?=') + ')' for stem in stems.split())})",
            re.IGNORECASE,
        )
        for start, stems in lists
    )


_STEMS: Final = _compile()


def part_pairs(word: str) -> str:
    """`word` with `BREAK` between letters that look like one letter of Cyrillic and are two."""
    if not _PAIR.search(word):
        return word
    places = {found.end() for stems in _STEMS for found in stems.finditer(word)}
    for place in sorted(places, reverse=True):
        word = word[:place] + BREAK + word[place:]
    return word
