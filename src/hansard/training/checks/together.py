"""What only shows when entries are looked at side by side. Pure."""

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace

from hansard.evaluation import normalise
from hansard.training.checks.values import Checked, Finding, Limits, fail, warn
from hansard.transcript.scripts import to_latin

LISTED = 5
"""Other entries that a message names."""
WORDS = 3
"""Shorter transcripts are often the same by right: yes, no, thank you."""


def compare(checked: Sequence[Checked], limits: Limits) -> Iterator[Checked]:
    """The same entries, with what is wrong between them."""
    extra: dict[str, list[Finding]] = defaultdict(list)
    _same_sound(checked, extra)
    _same_text(checked, limits, extra)
    for one in checked:
        found = extra.get(one.id or "", ())
        yield replace(one, findings=(*one.findings, *found)) if found else one


def comparable(text: str) -> str:
    """A transcript without what does not matter: script, capitals, punctuation, spaces."""
    return normalise(to_latin(text), "lower")


def _same_sound(checked: Sequence[Checked], extra: dict[str, list[Finding]]) -> None:
    for group in _groups(checked, "digest").values():
        texts = {comparable(one.entry.transcript) for one in group if one.entry}
        for one in group:
            others = [other.id or "" for other in group if other is not one]
            if len(texts) > 1:
                message = f"the same sound as {_names(others)}, with another transcript"
                found = fail("contradiction", message, len(texts), 1)
            else:
                message = f"the same sound and transcript as {_names(others)}"
                found = warn("duplicate audio", message, len(group), 1)
            extra[one.id or ""].append(found)


def _groups(checked: Sequence[Checked], measure: str) -> Mapping[str, list[Checked]]:
    """Entries that nothing else is wrong with, by a measure that several share."""
    groups: dict[str, list[Checked]] = defaultdict(list)
    for one in checked:
        if one.is_good and one.measures.get(measure):
            groups[one.measures[measure]].append(one)
    return {key: group for key, group in groups.items() if len(group) > 1}


def _same_text(checked: Sequence[Checked], limits: Limits, extra: dict[str, list[Finding]]) -> None:
    groups: dict[str, list[Checked]] = defaultdict(list)
    for one in checked:
        heard = one.entry is not None and one.measures.get("digest")
        text = comparable(one.entry.transcript) if one.entry and heard else ""
        if len(text.split()) >= WORDS:
            groups[text].append(one)
    for group in groups.values():
        sounds = {one.measures["digest"] for one in group}
        if len(sounds) <= limits.max_repeats:
            continue
        for one in group:
            message = f"{len(sounds)} different sounds have this transcript"
            found = warn("repeated transcript", message, len(sounds), limits.max_repeats)
            extra[one.id or ""].append(found)


def _names(names: Sequence[str]) -> str:
    shown = ", ".join(names[:LISTED])
    return f"{shown} and {len(names) - LISTED} more" if len(names) > LISTED else shown
