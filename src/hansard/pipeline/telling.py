"""Telling what was said while the rest is still being decoded: pure but for its own memory."""

from hansard.pipeline.reading import Group
from hansard.pipeline.stitch import Said, cut_sentences, spoken_words, write


class Teller:
    """Gives out settled text, group by group; all that it gave, joined, is the whole text.

    A sentence is settled when another one has begun after it; until then the next group may still
    go on with it.
    """

    def __init__(self) -> None:
        self._held: list[Said] = []
        self._settled = 0
        self.told = ""
        """Everything that was given out."""

    def hear(self, group: Group) -> str:
        """What can be told now that this group is finished, the groups coming in order."""
        self._held += spoken_words(group.readings)
        sentences = list(cut_sentences(self._held))
        self._held = sentences.pop() if sentences else []
        return self._tell([write(sentence) for sentence in sentences])

    def finish(self, text: str) -> str:
        """The rest of `text`, which is all that was said."""
        rest = text.removeprefix(self.told)
        self.told += rest
        return rest

    def _tell(self, sentences: list[str]) -> str:
        spaced = [f" {text}" if self._settled + n else text for n, text in enumerate(sentences)]
        self._settled += len(sentences)
        delta = "".join(spaced)
        self.told += delta
        return delta
