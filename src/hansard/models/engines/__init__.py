"""Speech to hypotheses: the protocol that every engine keeps, and its values."""

from hansard.models.engines.options import DecodeOptions, ModelOptions, Placement, PlacementOptions
from hansard.models.engines.protocol import (
    Ask,
    Encoded,
    Engine,
    EngineInfo,
    EngineSpec,
    Hypothesis,
    Piece,
    Window,
    check_honoured,
)

__all__ = [
    "Ask",
    "DecodeOptions",
    "Encoded",
    "Engine",
    "EngineInfo",
    "EngineSpec",
    "Hypothesis",
    "ModelOptions",
    "Piece",
    "Placement",
    "PlacementOptions",
    "Window",
    "check_honoured",
]
