"""Learning every night from what was corrected: what is new, who is heard by which part, what wins.

corrections ─ count ─ divide ─ (training, packaging, scoring: elsewhere) ─ decide ─ promoted or kept
"""

from hansard.training.nightly.counting import Counted, count, moment_of
from hansard.training.nightly.deciding import Gate, Trial, Verdict, decide
from hansard.training.nightly.dividing import PARTS, Divided, Part, divide, part_of
from hansard.training.nightly.nights import Night, alone, find_open, find_seen, new_night

__all__ = [
    "PARTS",
    "Counted",
    "Divided",
    "Gate",
    "Night",
    "Part",
    "Trial",
    "Verdict",
    "alone",
    "count",
    "decide",
    "divide",
    "find_open",
    "find_seen",
    "moment_of",
    "new_night",
    "part_of",
]
