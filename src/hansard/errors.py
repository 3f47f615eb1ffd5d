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
`code` is the stable name that logs and clients see; `retry` tells a queue whether another try can
help.
"""

from typing import Literal

Retry = Literal["permanent", "transient", "resource"]


class HansardError(Exception):
    """Something failed."""

    code: str = "error"
    retry: Retry = "permanent"

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


class DecoderEndedError(MediaError):
    """The process that decodes foreign media was ended from outside, or cannot be started."""

    code = "decoder_ended"
    retry = "transient"


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


class VoiceError(HansardError):
    """No voice can be learnt from this sound."""

    code = "voice"


class AlignmentError(HansardError):
    """The text does not belong to the sound."""

    code = "alignment"


class OutputError(HansardError, OSError):
    """A result cannot be written."""

    code = "output"


class DiskFullError(OutputError):
    """No room is left on the disk."""

    code = "disk_full"
    retry = "transient"


class BlobExistsError(OutputError):
    """Something lies under this key already."""

    code = "blob_exists"


class BlobNotFoundError(HansardError, FileNotFoundError):
    """Nothing lies under this key."""

    code = "blob_not_found"


class AddressRefusedError(HansardError):
    """This web address may not be asked."""

    code = "address_refused"


class FetchError(HansardError):
    """A web address did not give what was asked of it."""

    code = "fetch"

    def __init__(self, message: str = "", *, hint: str = "", transient: bool = False) -> None:
        super().__init__(message, hint=hint)
        if transient:
            self.retry = "transient"


class JobError(HansardError):
    """The job cannot go on as asked."""

    code = "job"


class JobNotFoundError(JobError):
    """There is no such job."""

    code = "job_not_found"


class JobConflictError(JobError):
    """The state of the job does not allow that."""

    code = "job_conflict"


class LeaseLostError(JobError):
    """The lease on the job is lost."""

    code = "lease_lost"
    retry = "transient"


class KeyReusedError(JobError):
    """The idempotency key was used for another request."""

    code = "idempotency_key_reused"


class QueueFullError(JobError):
    """Too many jobs are waiting."""

    code = "queue_full"
    retry = "transient"


class LedgerUnavailableError(JobError):
    """The ledger does not answer."""

    code = "ledger_unavailable"
    retry = "transient"


class HostDiedError(JobError):
    """The process that worked on the job ended."""

    code = "host_died"
    retry = "transient"

    alone = False
    """Whether it worked on nothing else, so that this job is to blame."""


class JobTimeoutError(JobError):
    """The job took longer than it may."""

    code = "job_timeout"


class PoisonError(JobError):
    """The job ended the process that worked on it, each time it was tried."""

    code = "poison"


class ServiceError(HansardError):
    """The service refuses."""

    code = "service"


class AccessError(ServiceError, PermissionError):
    """The key may not do this."""

    code = "access"


class KeyNeededError(AccessError):
    """This needs a key."""

    code = "key_needed"


class RateLimitedError(ServiceError):
    """Too many requests came with this key."""

    code = "rate_limited"
    retry = "transient"

    def __init__(self, message: str = "", *, hint: str = "", after: float = 1.0) -> None:
        super().__init__(message, hint=hint)
        self.after = after
        """Seconds after which another try may be let through."""


class TooLargeError(ServiceError):
    """More was sent than is accepted."""

    code = "too_large"


class NotBuiltError(ServiceError):
    """This version does not have that yet."""

    code = "not_built"


class NotReadyError(ServiceError):
    """No worker is ready."""

    code = "not_ready"
    retry = "transient"


class Cancelled(HansardError):  # noqa: N818 - not an error, but it must unwind like one
    """The work was cancelled."""

    code = "cancelled"
