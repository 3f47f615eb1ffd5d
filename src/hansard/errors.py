"""Every exception that Hansard raises on purpose.

    HansardError
    ├── UsageError (ValueError)                  the request itself is wrong
    │   ├── SettingError                         a setting has a value it may not have
    │   ├── UnsupportedOptionError               this engine cannot honour that option
    │   └── UnknownNameError                     no such engine, format, profile, model
    ├── MediaError                               no Sound can be had from this recording
    │   ├── MediaNotFoundError (FileNotFoundError)
    │   ├── MediaAccessError (PermissionError)
    │   ├── UnreadableMediaError                 not media, damaged, or of a kind that is refused
    │   ├── NoAudioError                         it opened, and holds no audio
    │   └── MediaLimitError                      too short, too long, odd rate or channels
    ├── ModelError                               a model cannot be had
    │   ├── ModelNotFoundError                   nobody has it under this name
    │   ├── ModelNotHereError                    it is not on this machine, and fetching is off
    │   ├── ModelGatedError                      its owner asks for consent or a token
    │   ├── HubUnreachableError                  the hub did not answer
    │   └── ModelDamagedError                    its files are not what they should be
    ├── MissingExtraError (ImportError)          an optional library is not installed
    ├── EngineError                              an engine failed at its work
    │   ├── MemoryExhaustedError (MemoryError)   every rung of the memory ladder failed
    │   └── DoesNotFitError (MemoryError)        refused before loading
    ├── OutputError (OSError)                    a result cannot be written
    └── Cancelled                                the caller asked to stop

A message says what failed and with which value, without a full stop; `hint` says what to do.
`code` is the stable name that logs and clients see; `retry` tells a queue whether another try can
help.
"""

from typing import ClassVar, Literal

Retry = Literal["permanent", "transient", "resource"]


class HansardError(Exception):
    """Something failed."""

    code: ClassVar[str] = "error"
    retry: ClassVar[Retry] = "permanent"

    def __init__(self, message: str = "", *, hint: str = "") -> None:
        super().__init__(message or (self.__doc__ or "").rstrip("."))
        self.hint = hint


class UsageError(HansardError, ValueError):
    """The request is wrong."""

    code = "usage"


class SettingError(UsageError):
    """A setting has a value it may not have."""

    code = "setting"


class UnsupportedOptionError(UsageError):
    """The engine cannot honour an option that was asked for."""

    code = "unsupported_option"


class UnknownNameError(UsageError):
    """Nothing has this name."""

    code = "unknown_name"


class MediaError(HansardError):
    """The recording cannot be used."""

    code = "media"


class MediaNotFoundError(MediaError, FileNotFoundError):
    """There is no such file."""

    code = "media_not_found"


class MediaAccessError(MediaError, PermissionError):
    """The file may not be read."""

    code = "media_access"


class UnreadableMediaError(MediaError):
    """The file is not media, is damaged, or is of a kind that is refused."""

    code = "unreadable_media"


class NoAudioError(MediaError):
    """The file holds no audio."""

    code = "no_audio"


class MediaLimitError(MediaError):
    """The recording is outside the limits."""

    code = "media_limit"


class ModelError(HansardError):
    """The model cannot be had."""

    code = "model"


class ModelNotFoundError(ModelError):
    """No model has this name."""

    code = "model_not_found"


class ModelNotHereError(ModelError):
    """The model is not on this machine, and fetching is off."""

    code = "model_not_here"


class ModelGatedError(ModelError):
    """The owner of the model asks for consent or a token."""

    code = "model_gated"


class HubUnreachableError(ModelError):
    """The model hub did not answer."""

    code = "hub_unreachable"
    retry = "transient"


class ModelDamagedError(ModelError):
    """The files of the model are not what they should be."""

    code = "model_damaged"


class MissingExtraError(HansardError, ImportError):
    """An optional library is not installed."""

    code = "missing_extra"


class EngineError(HansardError):
    """An engine failed."""

    code = "engine"


class MemoryExhaustedError(EngineError, MemoryError):
    """Memory ran out, and every smaller way was tried."""

    code = "memory_exhausted"
    retry = "resource"

    def __init__(
        self, message: str = "", *, hint: str = "", attempts: tuple[str, ...] = ()
    ) -> None:
        super().__init__(message, hint=hint)
        self.attempts = attempts


class DoesNotFitError(EngineError, MemoryError):
    """The model does not fit into the memory that it may use."""

    code = "does_not_fit"
    retry = "resource"


class OutputError(HansardError, OSError):
    """A result cannot be written."""

    code = "output"


class Cancelled(HansardError):  # noqa: N818 - not an error, but it must unwind like one
    """The work was cancelled."""

    code = "cancelled"
