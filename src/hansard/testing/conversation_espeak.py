"""The process that speaks with espeak-ng's library; `hansard.testing.espeak` starts and asks it.

The library knows one voice and one text at a time in a whole process, cannot be started twice in
it, and its noise and flutter go on from one text to the next. In a process of its own it says the
same texts in the same order the same way each time. Only the standard library is used here, so
that the process starts at once.

A request is a line of JSON on standard input: `{"text", "voice", "rate", "pitch", "range"}`. The
answer is a line of JSON on standard output, `{"error"}` or `{"rate", "size", "phonemes"}`, and then
`size` bytes of 16-bit samples. Phonemes are `[index of a character, sample, name]`
(`espeak_ng.h`, `espeakEVENT_PHONEME`).
"""

import ctypes
import json
import sys
from typing import Any, BinaryIO, Final

_SYNCHRONOUS: Final = 2
_PHONEME_EVENTS: Final = 1
_NO_EXIT: Final = 1 << 15
_PHONEME: Final = 7
_UTF8: Final = 1
_PARAMETERS: Final = {"rate": 1, "pitch": 3, "range": 4}

_NO_DATA: Final = 4
"""Exit status where espeak-ng's data is not installed."""


class _Id(ctypes.Union):
    _fields_ = (
        ("number", ctypes.c_int),
        ("name", ctypes.c_char_p),
        ("string", ctypes.c_char * 8),
    )


class _Event(ctypes.Structure):
    _fields_ = (
        ("type", ctypes.c_int),
        ("unique_identifier", ctypes.c_uint),
        ("text_position", ctypes.c_int),
        ("length", ctypes.c_int),
        ("audio_position", ctypes.c_int),
        ("sample", ctypes.c_int),
        ("user_data", ctypes.c_void_p),
        ("id", _Id),
    )


_Callback = ctypes.CFUNCTYPE(
    ctypes.c_int, ctypes.POINTER(ctypes.c_short), ctypes.c_int, ctypes.POINTER(_Event)
)


class _Espeak:
    """The loaded library."""

    def __init__(self, library: Any) -> None:
        self._library = library
        self._sound: list[bytes] = []
        self._phonemes: list[tuple[int, int, str]] = []
        self._callback = _Callback(self._receive)  # kept: the library holds only its address
        flags = _PHONEME_EVENTS | _NO_EXIT
        self.rate = int(library.espeak_Initialize(_SYNCHRONOUS, 0, None, flags))
        library.espeak_SetSynthCallback(self._callback)

    def say(self, request: dict[str, Any]) -> tuple[dict[str, Any], bytes]:
        """The answer and the samples."""
        self._sound.clear()
        self._phonemes.clear()
        if self._library.espeak_SetVoiceByName(request["voice"].encode()):
            return {"error": f"espeak-ng has no voice {request['voice']!r}"}, b""
        for name, number in _PARAMETERS.items():
            self._library.espeak_SetParameter(number, request[name], 0)
        text = request["text"].encode()
        if self._library.espeak_Synth(text, len(text) + 1, 0, 1, 0, _UTF8, None, None):
            return {"error": f"espeak-ng does not say {request['text']!r}"}, b""
        self._library.espeak_Synchronize()
        sound = b"".join(self._sound)
        return {"rate": self.rate, "size": len(sound), "phonemes": self._phonemes}, sound

    def _receive(self, samples: Any, count: int, events: Any) -> int:
        if samples:
            self._sound.append(ctypes.string_at(samples, 2 * count))
        index = 0
        while events[index].type:
            event = events[index]
            if event.type == _PHONEME:
                name = bytes(event.id.string).decode(errors="replace")
                self._phonemes.append((event.text_position - 1, event.sample, name))
            index += 1
        return 0


def main(library: str, requests: BinaryIO, answers: BinaryIO) -> int:
    """Answer requests until there are no more; returns the exit status."""
    espeak = _Espeak(ctypes.CDLL(library))
    if espeak.rate <= 0:
        return _NO_DATA
    for line in requests:
        answer, sound = espeak.say(json.loads(line))
        answers.write(json.dumps(answer).encode() + b"\n" + sound)
        answers.flush()
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1], sys.stdin.buffer, sys.stdout.buffer))
