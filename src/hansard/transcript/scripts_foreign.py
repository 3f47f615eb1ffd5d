"""What stays in Latin script in a Cyrillic text: foreign words, addresses, numerals, units."""

import re
from functools import lru_cache
from typing import Final

ADDRESSES: Final = re.compile(
    r"((?:https?|ftp)://\S+|www\.\S+"
    r"|[\w.+-]+@[\w-]+(?:\.[\w-]+)+"
    r"|(?<!\w)@\w+"
    r"|(?<![\w.])[\w-]+(?:\.[\w-]+)*\.(?:com|org|net|eu|uk|hr|rs|ba)\b(?:/\S*)?"
    r"|(?<!\w)(?:k?m)/(?:h|s)\b|°\s?[CFK]\b)"
)
"""Web and mail addresses, and units with signs in them."""
_ALPHABET: Final = re.compile(r"[a-pr-vzčćđšžśź\u0300-\u036f]+", re.IGNORECASE)
"""The letters of Gaj's alphabet, Montenegro's two more, and marks of accent; no q, w, x, y."""
_FOREIGN_SPELLING: Final = re.compile(
    r"ch|ph(?!od)|ct|cc|ff|pp|gg|ll|bb|mm|nn|rr|ss|tt|zz|sch|^cl|(?:ck|th|sh|oo[klmnst])$",
    re.IGNORECASE,
)
"""Letters that follow each other in no word of ours, but where a prefix meets its stem."""
_PREFIXED: Final = re.compile(
    r"^(?:ne|naj)?(?:van|izvan|bez|iz|raz|uz|kroz|trans|pros|ras|post|sub|hiper|super|inter"
    r"|sedam|osam|alla)(?=[bmnrstzh])",
    re.IGNORECASE,
)
"""Prefixes that end in a letter with which stems begin: van|nastavni, post|tranzicijski."""
_CAMEL: Final = re.compile(r"[a-zčćđšž][A-ZČĆĐŠŽ]")
_OWN_CAMEL: Final = re.compile(r"^BiH$|^SiCG$|^ZiJ$")
_ENDED: Final = re.compile(r"(?:a|u|e|i|om|em|ov|ova|ove|ovi|ovu|ovog|ovom|ovih|ima|ovima)$")
_WORDS: Final = frozenset(
    """
    airbnb android apple bluetooth cambridge chelsea chicago dell disney dropbox ebay
    facebook gmail google harvard hyundai ikea instagram intel iphone ipad ipod itunes leeds
    javascript kindle lenovo lidl linkedin liverpool manchester mastercard mercedes messenger
    microsoft motorola netflix nike nintendo nokia nvidia oracle outlook paypal pepsi peugeot
    photoshop pinterest playstation porsche powerpoint python reddit renault reuters samsung siemens
    skype snapchat sony spotify starbucks starlink tiktok tinder toshiba twitch uber
    unicode viber volkswagen youtube angeles francisco vegas times guardian leicester birmingham
    bordeaux marseille strasbourg toulouse bush clinton schumacher johnson sarkozy cheney
    the and of for this that online offline live update feedback deadline startup email mail blogger
    smartphone gaming gadget hashtag storytelling brainstorming copyright freelance handheld
    bestseller mainstream outsider insider outsourcing networking crowdfunding machine deep learning
    source code coding ipso facto curriculum vitae league premier champions city united show
    cd dvd usb gps pdf sms html css php sql http https url hdmi lcd ssd hdd cpu gpu api ios pc
    cfo ibm hbo cnn bbc nba nhl nfl atp wta ufc mtv espn rna mrna pcr
    """.split()
)
"""Names, words and short forms that are written as in their own language."""
_UNITS: Final = frozenset(
    "kg km cm mm dl cl ml mg kV kW kB MB GB TB Hz kHz MHz GHz dB mAh Wh".split()
)
_UNITS_AFTER_NUMBER: Final = frozenset("m l h g t V W A ha hl nm min".split())
_ROMAN: Final = re.compile(r"(?=.)M{0,3}(?:CM|CD|D?C{0,3})(?:XC|XL|L?X{0,3})(?:IX|IV|V?I{0,3})")
_ALSO_WORDS: Final = frozenset("MI VI LI DI CI DIV CIV LIV MIL I V".split())
"""Numerals that are words as well when everything is in capitals."""
_BEFORE_SHOUT: Final = re.compile(r"([^\W\d_]{2,})\W*$")
_AFTER_SHOUT: Final = re.compile(r"^\W*([^\W\d_]{2,})")


@lru_cache(maxsize=65536)
def is_foreign(word: str) -> bool:
    """Whether a word of Latin letters is spelled in the manner of another language."""
    if not _ALPHABET.fullmatch(word):
        return True
    if _CAMEL.search(word) and not word.isupper():
        return not _OWN_CAMEL.match(word)
    abbreviation = word.isupper() and len(word) < 6
    if not abbreviation and _FOREIGN_SPELLING.search(_PREFIXED.sub("", word)):
        return True
    low = word.lower()
    return low in _WORDS or (len(low) > 5 and _ENDED.sub("", low) in _WORDS)


def stays_latin(found: re.Match[str]) -> bool:
    """Whether a word, found in its text, stays in Latin script there."""
    word, text = found[0], found.string
    before, after = text[: found.start()][-40:], text[found.end() : found.end() + 40]
    if after[:1].isdigit() or (before[-1:].isdigit() and word[0].isupper()):
        return True
    if word in _UNITS or (len(word) == 1 and after[:1] in {"+", "#"}):
        return True
    if word in _UNITS_AFTER_NUMBER and re.search(r"\d\s?$", before):
        return True
    return _is_numeral(word, before, after) or is_foreign(word)


def _is_numeral(word: str, before: str, after: str) -> bool:
    """Whether it is a Roman numeral, and no word."""
    if not word.isupper() or not _ROMAN.fullmatch(word):
        return False
    if word == "I":
        return bool(re.match(r"\.(?!\.)", after))
    if len(word) == 1:
        return word == "V" and bool(re.match(r"\.?\s+[a-zčćđšž]", after))
    return word not in _ALSO_WORDS or not _shouts(before, after)


def _shouts(before: str, after: str) -> bool:
    """Whether the words beside it are in capitals."""
    beside = (_BEFORE_SHOUT.search(before), _AFTER_SHOUT.search(after))
    words = [found[1] for found in beside if found]
    return bool(words) and all(word.isupper() for word in words)
