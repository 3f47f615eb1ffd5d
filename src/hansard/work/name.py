"""Names for speakers, suggested from what was said; nothing is changed."""

from hansard.pipeline import Staged
from hansard.transcript import Transcript
from hansard.transcript.speaking import known_speakers
from hansard.transcript.summaries import SuggestedName
from hansard.work.lending import WritingWorkshop
from hansard.work.options import WriteOptions
from hansard.work.wires import Pulse, Wires
from hansard.writing.naming.by_model import suggest_names_by_model
from hansard.writing.naming.names import suggest_names


def suggest(
    transcript: Transcript, options: WriteOptions, workshop: WritingWorkshop, wires: Wires
) -> tuple[SuggestedName, ...]:
    """Names by how people introduce each other, and by the language model where one is set.

    What people say themselves counts more than what a model makes of it.

    Raises:
        LanguageModelError: the language model did not do its work.
        Cancelled: the caller asked to stop.
    """
    heard = {one.speaker: one for one in suggest_names(transcript)}
    pulse = Pulse(wires)
    with workshop.lend_writer("summary", options) as lent:
        if lent.model is not None:
            wires.on_event(Staged("naming speakers"))
            for one in suggest_names_by_model(
                transcript,
                lent.model,
                options,
                retries=options.llm_max_retries,
                secrets=lent.secrets,
                cancelled=pulse.cancelled,
            ):
                if not any(_may_be_one(one.name, other.name) for other in heard.values()):
                    heard.setdefault(one.speaker, one)
    return tuple(heard[label] for label in known_speakers(transcript) if label in heard)


def _may_be_one(name: str, other: str) -> bool:
    """Whether two names could be one person's: all words of one are in the other."""
    words, others = set(name.casefold().split()), set(other.casefold().split())
    return words <= others or others <= words
