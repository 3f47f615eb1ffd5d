"""Every exception that Hansard raises on purpose.

    HansardError
    ├── UsageError (ValueError)                  the request itself is wrong
    │   ├── SettingError                         a setting has a value it may not have
    │   ├── UnsupportedOptionError               this engine cannot honour that option
    │   ├── UnknownNameError                     no such engine, format, profile, model
    │   └── TemplateError                        a template of summaries is not what it must be
    │       └── TemplateExistsError              there is one of this id, which stays as it is
    ├── MediaError                               no Sound can be had from this recording
    │   ├── MediaNotFoundError (FileNotFoundError)
    │   ├── MediaAccessError (PermissionError)
    │   ├── UnreadableMediaError                 not media, damaged, or of a kind that is refused
    │   ├── NoAudioError                         it opened, and holds no audio
    │   ├── MediaLimitError                      too short, too long, odd rate or channels
    │   └── DecoderEndedError                    its decoder was ended from outside
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
    ├── VoiceError                               a voice cannot be learnt from this sound
    ├── AlignmentError                           this text does not belong to this sound
    ├── LanguageModelError                       a language model did not do its work
    │   ├── LlmUnreachableError                  its server is down, busy or too slow
    │   ├── LlmAccessError                       its server refuses the key
    │   └── LlmAnswerError                       what it answered is of no use
    ├── DataError                                data to learn from is not what it must be
    │   └── ManifestError                        a manifest of clips cannot be used
    ├── TrainingError                            a training cannot begin, or go on
    │   └── FidelityError                        a converted model hears something else
    ├── OutputError (OSError)                    a result cannot be written
    │   ├── DiskFullError                        no room is left for it
    │   └── BlobExistsError                      something lies under that key already
    ├── BlobNotFoundError (FileNotFoundError)    nothing lies under that key
    ├── AddressRefusedError                      a web address that may not be asked
    ├── FetchError                               a web address did not give what was asked of it
    ├── JobError                                 a piece of durable work cannot go on as asked
    │   ├── JobNotFoundError                     nobody knows a job of this id
    │   ├── JobConflictError                     its state does not allow that
    │   ├── LeaseLostError                       somebody else has it, or nobody
    │   ├── KeyReusedError                       an idempotency key came with another request
    │   ├── QueueFullError                       too much waits already
    │   ├── LedgerUnavailableError               the ledger does not answer
    │   ├── HostDiedError                        the process that worked on it ended
    │   ├── JobTimeoutError                      it took longer than it may
    │   └── PoisonError                          it ended the process that worked on it, thrice
    ├── ServiceError                             the HTTP service refuses, or cannot serve now
    │   ├── AccessError (PermissionError)        the key may not do this
    │   │   └── KeyNeededError                   there is no key, or it is no good one
    │   ├── RateLimitedError                     too many requests of one key
    │   ├── TooLargeError                        an upload or a field of it exceeds its limit
    │   ├── NotBuiltError                        a feature that this version does not have yet
    │   └── NotReadyError                        no worker is ready
    └── Cancelled                                the caller asked to stop

A message says what failed and with which value, without a full stop; `hint` says what to do.
`code` is the stable name that logs and clients see: that of the class in small letters, without
`Error`, where it says no other. `retry` tells a queue whether another try can help.
"""

import re
from typing import Literal

Retry = Literal["permanent", "transient", "resource"]


class HansardError(Exception):
    """Something failed."""

    code: str = "error"
    retry: Retry = "permanent"

    def __init_subclass__(cls, **kwargs: object) -> None:
        """Name the code of a class of this file after it; others have that of their base."""
        super().__init_subclass__(**kwargs)
        if "code" not in cls.__dict__ and cls.__module__ == __name__:
            name = cls.__name__.removesuffix("Error")
            cls.code = re.sub(r"(?<!^)(?=[A-Z])", "_", name).lower()

    def __init__(self, message: str = "", *, hint: str = "") -> None:
        super().__init__(message or (self.__doc__ or "").rstrip("."))
        self.hint = hint


class UsageError(HansardError, ValueError):
    """The request is wrong."""


class SettingError(UsageError):
    """A setting has a value it may not have."""


class UnsupportedOptionError(UsageError):
    """The engine cannot honour an option that was asked for."""


class UnknownNameError(UsageError):
    """Nothing has this name."""


class TemplateError(UsageError):
    """The template is not what it must be."""


class TemplateExistsError(TemplateError):
    """There is a template of this id."""


class MediaError(HansardError):
    """The recording cannot be used."""


class MediaNotFoundError(MediaError, FileNotFoundError):
    """There is no such file."""


class MediaAccessError(MediaError, PermissionError):
    """The file may not be read."""


class UnreadableMediaError(MediaError):
    """The file is not media, is damaged, or is of a kind that is refused."""


class NoAudioError(MediaError):
    """The file holds no audio."""


class MediaLimitError(MediaError):
    """The recording is outside the limits."""


class DecoderEndedError(MediaError):
    """The process that decodes foreign media was ended from outside, or cannot be started."""

    retry = "transient"


class ModelError(HansardError):
    """The model cannot be had."""


class ModelNotFoundError(ModelError):
    """No model has this name."""


class ModelNotHereError(ModelError):
    """The model is not on this machine, and fetching is off."""


class ModelGatedError(ModelError):
    """The owner of the model asks for consent or a token."""


class HubUnreachableError(ModelError):
    """The model hub did not answer."""

    retry = "transient"


class ModelDamagedError(ModelError):
    """The files of the model are not what they should be."""


class MissingExtraError(HansardError, ImportError):
    """An optional library is not installed."""


class EngineError(HansardError):
    """An engine failed."""


class MemoryExhaustedError(EngineError, MemoryError):
    """Memory ran out, and every smaller way was tried."""

    retry = "resource"

    def __init__(
        self, message: str = "", *, hint: str = "", attempts: tuple[str, ...] = ()
    ) -> None:
        super().__init__(message, hint=hint)
        self.attempts = attempts


class DoesNotFitError(EngineError, MemoryError):
    """The model does not fit into the memory that it may use."""

    retry = "resource"


class VoiceError(HansardError):
    """No voice can be learnt from this sound."""


class AlignmentError(HansardError):
    """The text does not belong to the sound."""


class LanguageModelError(HansardError):
    """The language model failed."""

    code = "llm"


class LlmUnreachableError(LanguageModelError):
    """The server of the language model did not answer."""

    retry = "transient"


class LlmAccessError(LanguageModelError):
    """The server of the language model refuses the key."""


class LlmAnswerError(LanguageModelError):
    """The language model's answer is of no use."""

    def __init__(self, message: str = "", *, hint: str = "") -> None:
        super().__init__(
            message, hint=hint or "try another model or server; docs/how-to/llm.md tells more"
        )


class DataError(HansardError):
    """The data is not what it must be."""


class ManifestError(DataError):
    """The manifest cannot be used."""


class TrainingError(HansardError):
    """The training cannot begin, or go on."""


class FidelityError(TrainingError):
    """The converted model hears something else than the one it was made from."""


class OutputError(HansardError, OSError):
    """A result cannot be written."""


class DiskFullError(OutputError):
    """No room is left on the disk."""

    retry = "transient"


class BlobExistsError(OutputError):
    """Something lies under this key already."""


class BlobNotFoundError(HansardError, FileNotFoundError):
    """Nothing lies under this key."""


class AddressRefusedError(HansardError):
    """This web address may not be asked."""


class FetchError(HansardError):
    """A web address did not give what was asked of it."""

    def __init__(self, message: str = "", *, hint: str = "", transient: bool = False) -> None:
        super().__init__(message, hint=hint)
        if transient:
            self.retry = "transient"


class JobError(HansardError):
    """The job cannot go on as asked."""


class JobNotFoundError(JobError):
    """There is no such job."""


class JobConflictError(JobError):
    """The state of the job does not allow that."""


class LeaseLostError(JobError):
    """The lease on the job is lost."""

    retry = "transient"


class KeyReusedError(JobError):
    """The idempotency key was used for another request."""

    code = "idempotency_key_reused"


class QueueFullError(JobError):
    """Too many jobs are waiting."""

    retry = "transient"


class LedgerUnavailableError(JobError):
    """The ledger does not answer."""

    retry = "transient"


class HostDiedError(JobError):
    """The process that worked on the job ended."""

    retry = "transient"

    alone = False
    """Whether it worked on nothing else, so that this job is to blame."""


class JobTimeoutError(JobError):
    """The job took longer than it may."""


class PoisonError(JobError):
    """The job ended the process that worked on it, each time it was tried."""


class ServiceError(HansardError):
    """The service refuses."""


class AccessError(ServiceError, PermissionError):
    """The key may not do this."""


class KeyNeededError(AccessError):
    """This needs a key."""


class RateLimitedError(ServiceError):
    """Too many requests came with this key."""

    retry = "transient"

    def __init__(self, message: str = "", *, hint: str = "", after: float = 1.0) -> None:
        super().__init__(message, hint=hint)
        self.after = after
        """Seconds after which another try may be let through."""


class TooLargeError(ServiceError):
    """More was sent than is accepted."""


class NotBuiltError(ServiceError):
    """This version does not have that yet."""


class NotReadyError(ServiceError):
    """No worker is ready."""

    retry = "transient"


class Cancelled(HansardError):  # noqa: N818 - not an error, but it must unwind like one
    """The work was cancelled."""
