"""The kinds of findings, and what people can do about each."""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

ADVICE: Final[Mapping[str, str]] = MappingProxyType(
    {
        "line": "mend or delete the line: each must be one JSON object in UTF-8",
        "field": "correct the field that the message names",
        "duplicate id": "give each entry an id of its own; only the first is used",
        "empty transcript": "write what is said, or set no_speech where nobody speaks",
        "missing audio": "correct the path (it counts from the manifest's folder), or drop the "
        "entry",
        "empty file": "fetch the file again: it has no bytes",
        "unreadable audio": "fetch or convert the file again: it is damaged or no media",
        "no audio": "the file has no sound: take the right file",
        "truncated audio": "fetch the file again: its end is missing, and so is what is said there",
        "damaged audio": "fetch the file again, or listen whether it still says its transcript",
        "duration": "-o writes the measured length",
        "outside": "correct start and end; --fix cuts clips that end too late",
        "too long": "hansard data align cuts it at pauses, and times its words",
        "too short": "join it with its neighbours, or drop it",
        "silence": "take the right recording, or set no_speech and leave the transcript out",
        "little speech": "trim it: hansard data preprocess",
        "speech": "somebody speaks in an entry that says nobody does: write what is said",
        "clipping": "record again with less gain; nothing brings the tops back",
        "level": "record closer to the voice; raising the level raises the noise with it",
        "dc": "the recorder is at fault; a high-pass filter at 20 Hz takes it out",
        "bandwidth": "telephone sound: keep it only if that is what will be transcribed",
        "sampling rate": "it is resampled on reading; below 8 kHz record or fetch it again",
        "channels": "write the channel that speaks as a file of its own, and name that",
        "noise": "keep some noisy clips, not many; --min-snr sets what counts",
        "rate": "listen: the transcript says more, or less, than the clip",
        "too many tokens": "cut the clip and its transcript in two",
        "mixed scripts": "hansard data normalise --script latin (or cyrillic)",
        "language": "correct the field language; models are told it",
        "other language": "listen, and correct the field language or the transcript",
        "characters": "--fix takes them out",
        "encoding": "the text was read in a wrong encoding: take it from its source again, as "
        "UTF-8",
        "no licence": "name the licence: hansard data fetch --licence, or the field licence",
        "no language": "name the language: models must be told it",
        "duplicate audio": "keep one of them: hansard data dedupe",
        "contradiction": "the same sound has two transcripts: listen, and keep the right one",
        "repeated transcript": "listen: a text that many sounds share is often a greeting or a "
        "mistake",
        "mismatch": "listen: the transcript is of something else, or the model does not know the "
        "language",
        "not scored": "the model could not be asked about these",
    }
)
