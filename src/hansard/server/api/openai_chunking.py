"""OpenAI's `chunking_strategy` in Hansard's terms. Pure."""

from typing import Any, Final

import msgspec

from hansard.server.api.openai_fields import Fields, ParameterError, as_setting

NAME: Final = "chunking_strategy"
PARTS: Final = {
    "threshold": "vad_threshold",
    "prefix_padding_ms": "vad_padding_ms",
    "silence_duration_ms": "vad_min_silence_ms",
}
"""A part of `server_vad`, and the setting that means the same."""


def read_chunking(form: Fields) -> dict[str, Any]:
    """The settings that the field asks for: `auto`, JSON, or flattened as OpenAI's client does it.

    Raises:
        ParameterError: it is none of these, or a part of it has a value that it may not have.
    """
    whole, flat = form.one(NAME), form.parts(NAME)
    if whole is None and not flat:
        return {}
    if whole is not None and flat:
        raise ParameterError(NAME, f"{NAME} was given whole and in parts")
    if whole == "auto":
        return {"vad": True}
    parts = dict(flat) if whole is None else _decode(whole)
    if parts.pop("type", None) != "server_vad":
        raise ParameterError(
            NAME, f"{NAME} has no type server_vad", hint='write auto or {"type": "server_vad"}'
        )
    return {"vad": True, **dict(_setting(part, value) for part, value in parts.items())}


def _decode(text: str) -> dict[str, Any]:
    try:
        return msgspec.json.decode(text, type=dict[str, Any])
    except msgspec.DecodeError as error:
        raise ParameterError(
            NAME, f"{NAME} is neither auto nor a JSON object", hint='write {"type": "server_vad"}'
        ) from error


def _setting(part: str, value: Any) -> tuple[str, Any]:
    if part not in PARTS:
        raise ParameterError(
            NAME,
            f"unknown part {part[:60]!r} of {NAME}",
            hint=f"known are {', '.join(PARTS)}",
            reason="unknown_parameter",
        )
    return PARTS[part], as_setting(f"{NAME}[{part}]", PARTS[part], value)
