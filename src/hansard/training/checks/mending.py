"""Putting right what has one right answer."""

from dataclasses import replace

from hansard.training.checks.values import Checked, Finding
from hansard.training.checks.wording import without_forbidden
from hansard.training.manifest import Entry
from hansard.transcript.languages import find_language


def mend(checked: Checked) -> Checked:
    """The entry put right as far as that is sure; what was put right is a note from now on."""
    entry = checked.entry
    if entry is None:
        return checked
    findings: list[Finding] = []
    for found in checked.findings:
        mended = _mend(entry, found, checked)
        if mended is None:
            findings.append(found)
        else:
            entry = mended
            findings.append(replace(found, severity="note", fixed=True))
    return replace(checked, entry=entry, findings=tuple(findings))


def _mend(entry: Entry, found: Finding, checked: Checked) -> Entry | None:
    """The entry without what was found; None where nobody can be sure."""
    whole = checked.measures.get("recording")
    if found.kind == "outside" and "duration" in checked.measures and whole is not None:
        return replace(entry, end=whole)
    if found.kind == "duration":
        return replace(entry, duration=checked.measures["duration"])
    if found.kind == "characters":
        text = without_forbidden(entry.transcript)
        return replace(entry, transcript=text) if text else None
    if found.kind == "language" and found.severity == "warning" and entry.language:
        return replace(entry, language=find_language(entry.language))
    return None
