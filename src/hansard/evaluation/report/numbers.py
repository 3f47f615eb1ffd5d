"""Numbers as the page writes them."""

import math
from typing import Final

NONE: Final = "\u2013"
"""What stands for a figure that there is none of."""
MINUS: Final = "\u2212"


def percent(share: float | None, digits: int = 1) -> str:
    """A share in percent, without the sign; a dash for None."""
    return NONE if share is None or math.isnan(share) else decimal(100 * share, digits)


def decimal(value: float | None, digits: int = 1) -> str:
    """A number with a fixed number of digits and a true minus; a dash for None."""
    if value is None or math.isnan(value):
        return NONE
    text = f"{value:,.{digits}f}"
    return text.replace("-", "" if float(text.replace(",", "")) == 0 else MINUS)


def whole(value: float | None) -> str:
    """A count with commas; a dash for None."""
    return decimal(value, 0)


def plural(count: int, one: str, many: str = "") -> str:
    """`1 word`, `2 words`."""
    return f"{count:,} {one if count == 1 else many or one + 's'}"


def isolate(text: str) -> str:
    """Foreign text for places that take no tags, so that its direction turns nothing else.

    Between the isolates of the Unicode Bidirectional Algorithm (UAX 9).
    """
    return f"\u2068{text}\u2069"


def shorten(text: str, longest: int) -> str:
    """A text with its middle left out where it has more characters than `longest`."""
    half = longest // 2
    return text if len(text) <= longest else f"{text[: half - 1]}\u2026{text[-half:]}"
