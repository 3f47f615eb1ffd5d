"""What somebody else says to a question."""

import re
from typing import Final

from hansard.writing.cues.spotting import asks
from hansard.writing.language.words import content_words, count_words
from hansard.writing.quoting.talk import Quote, Talk

_WORDS: Final = 60
_SHORT: Final = 3
"""Sentences up to this many words are no answer by themselves: "Thank you." "Good question." """
_REPLY: Final = 8
"""Words from which on a reply counts as an answer."""
_YES_NO: Final = re.compile(
    r"(?:yes|yeah|yep|no|nope|sure|of course|absolutely|definitely|correct|exactly|da|ne|naravno|"
    r"svakako|točno|tačno|ja|nein|natürlich|genau|sicher|klar|да|не|наравно)\b",
    re.IGNORECASE,
)
_UNKNOWN: Final = re.compile(
    r"\b(?:don't know|do not know|not sure|no idea|not yet|let me check|have to check|"
    r"need to check|"
    r"find out|look into|get back to|we'll see|remains to be seen|open question|to be decided|"
    r"haven't decided|next time|next meeting|later|park (?:it|that)|take (?:it|that) offline|"
    r"come back to|ne znam|ne znamo|nisam sigur\w+|nismo sigurni|provjerit|provjeri\w+|"
    r"proveri\w+|vidjet ćemo|vidjećemo|videćemo|weiß nicht|wissen (?:wir|es) (?:noch )?nicht|"
    r"keine ahnung|nicht sicher|noch nicht|klären|mal sehen)\b",
    re.IGNORECASE,
)


def reply_to(talk: Talk, place: int) -> Quote | None:
    """The beginning of what the next speaker says, if that is the answer to the sentence there.

    None where nobody knows who speaks, where the same speaker goes on, or where what follows is a
    question, a short remark, or says that nobody knows.
    """
    first = _first_reply(talk, place)
    if first is None or _UNKNOWN.search(talk.sentences[first].text.replace("\u2019", "'")):
        return None
    return talk.stretch(first, _WORDS)


def is_settled(talk: Talk, place: int) -> bool:
    """Whether nothing says that the question at a place stayed open.

    It stayed open where the next to speak does not know, hardly replies, or replies with another
    question; or where its speaker ends with it or puts it off.
    """
    speaker = talk.sentences[place].lines[-1].speaker
    if speaker is None or place + 1 >= len(talk.sentences):
        return False
    following = talk.sentences[place + 1 : place + 3]
    if any(_UNKNOWN.search(sentence.text.replace("\u2019", "'")) for sentence in following):
        return False
    if following[0].lines[0].speaker == speaker:
        return True
    reply = following[0].text
    asked = set(content_words(talk.sentences[place].text, talk.language))
    return (
        _YES_NO.match(reply) is not None
        or count_words(talk.stretch(place + 1, _WORDS).text) >= _REPLY
        or bool(asked & set(content_words(reply, talk.language)))
    )


def _first_reply(talk: Talk, place: int) -> int | None:
    """The first sentence by the next speaker that says something."""
    speaker = talk.sentences[place].lines[-1].speaker
    after = place + 1
    if speaker is None or after >= len(talk.sentences):
        return None
    other = talk.sentences[after].lines[0].speaker
    while after < len(talk.sentences):
        sentence = talk.sentences[after]
        if other in {None, speaker} or sentence.lines[0].speaker != other:
            return None
        if asks(sentence.text, talk.language) or talk.told(sentence):
            return None
        if count_words(sentence.text) > _SHORT or _YES_NO.match(sentence.text):
            return after
        after += 1
    return None
