"""Which effects a clip may get, how strong, and how often: a recipe in YAML or JSON.

A list of `{type, params, prob}`. Names of widely used fine-tuning tools (`volume`, `resample`,
`min_snr_dB`, `noise_dir` ...) are understood, too.
"""

import json
import os
import re
from collections.abc import Mapping
from dataclasses import asdict, dataclass, fields, replace
from pathlib import Path
from typing import Annotated, Any, Final

import msgspec
from msgspec import Meta

from hansard.errors import SettingError
from hansard.training.sounds.effects import Colour, Law

Decibels = Annotated[float, Meta(ge=-100, le=100)]
Share = Annotated[float, Meta(ge=0, le=1)]
Milliseconds = Annotated[float, Meta(ge=-1000, le=1000)]
Rate = Annotated[float, Meta(ge=0.5, le=2)]
Count = Annotated[int, Meta(ge=0, le=100)]


@dataclass(frozen=True, kw_only=True)
class Noise:
    """Noise made up here, or from a folder of recordings."""

    min_snr: Decibels = 5.0
    """How many decibels the noise is below the speech."""
    max_snr: Decibels = 40.0
    colours: tuple[Colour, ...] = ()
    """Empty = white, pink and brown, where there is no folder."""
    folder: str | None = None


@dataclass(frozen=True, kw_only=True)
class Room:
    """Reverberation made up here, or by impulse responses from a folder."""

    min_rt60: Annotated[float, Meta(ge=0.05, le=5)] = 0.15
    """Seconds until the sound has decayed by 60 dB."""
    max_rt60: Annotated[float, Meta(ge=0.05, le=5)] = 0.7
    min_direct: Decibels = 0.0
    """By how many decibels the direct sound is above the rest."""
    max_direct: Decibels = 15.0
    folder: str | None = None


@dataclass(frozen=True, kw_only=True)
class Speed:
    """Faster and higher, or slower and lower; the times of words change."""

    min_rate: Rate = 0.9
    max_rate: Rate = 1.1
    num_rates: Count = 0
    """So many rates, evenly spread from the lowest to the highest; 0 = any between them."""


@dataclass(frozen=True, kw_only=True)
class Tempo:
    """Faster or slower, as high as before; the times of words change."""

    min_rate: Rate = 0.9
    max_rate: Rate = 1.1


@dataclass(frozen=True, kw_only=True)
class Pitch:
    """Higher or lower, as fast as before."""

    min_semitones: Annotated[float, Meta(ge=-12, le=12)] = -2.0
    max_semitones: Annotated[float, Meta(ge=-12, le=12)] = 2.0


@dataclass(frozen=True, kw_only=True)
class Telephone:
    """A telephone line: 8 kHz, a narrow band, 8 bits."""

    low: Annotated[float, Meta(ge=50, le=1000)] = 300.0
    high: Annotated[float, Meta(ge=1500, le=3900)] = 3400.0
    laws: tuple[Law, ...] = ("mu", "a")


@dataclass(frozen=True, kw_only=True)
class Codec:
    """Detail that is lost, as at a low bit rate; no real codec."""

    min_kept: Share = 0.05
    """The share of frequencies that is kept of each moment."""
    max_kept: Share = 0.25


@dataclass(frozen=True, kw_only=True)
class Bandwidth:
    """A lower sample rate, and back."""

    rates: Annotated[tuple[Annotated[int, Meta(ge=2000, lt=16000)], ...], Meta(min_length=1)] = (
        8000,
        11025,
        12000,
    )


@dataclass(frozen=True, kw_only=True)
class Gain:
    """Louder or quieter; what is too loud is clipped."""

    min_gain: Decibels = -15.0
    max_gain: Decibels = 15.0


@dataclass(frozen=True, kw_only=True)
class Clipping:
    """The loudest moments cut off."""

    min_share: Annotated[float, Meta(ge=0, le=0.5)] = 0.0005
    max_share: Annotated[float, Meta(ge=0, le=0.5)] = 0.01


@dataclass(frozen=True, kw_only=True)
class Shift:
    """Silence put before the clip; below 0, silence taken from its beginning."""

    min_shift_ms: Milliseconds = -100.0
    max_shift_ms: Milliseconds = 300.0


@dataclass(frozen=True, kw_only=True)
class SpecAugment:
    """Stripes in the features; only while training."""

    freq_masks: Count = 2
    freq_width: Count = 15
    """Mel bands that a stripe has at most."""
    time_masks: Count = 2
    time_width: Annotated[int, Meta(ge=0, le=3000)] = 50
    """Frames of 10 ms that a stripe has at most, ..."""
    time_share: Share = 0.1
    """... and what share of the clip."""


Effect = (
    Noise | Room | Speed | Tempo | Pitch | Telephone | Codec | Bandwidth | Gain | Clipping | Shift
)
_TYPES: Final[Mapping[str, type[Effect | SpecAugment]]] = {
    "noise": Noise,
    "room": Room,
    "speed": Speed,
    "tempo": Tempo,
    "pitch": Pitch,
    "telephone": Telephone,
    "codec": Codec,
    "bandwidth": Bandwidth,
    "gain": Gain,
    "clipping": Clipping,
    "shift": Shift,
    "specaugment": SpecAugment,
}
_OTHER_TYPES: Final = {
    "volume": "gain",
    "resample": "bandwidth",
    "reverb": "room",
    "spec_augment": "specaugment",
}
_OTHER_NAMES: Final = {
    "min_snr_dB": "min_snr",
    "max_snr_dB": "max_snr",
    "noise_dir": "folder",
    "noise_path": "folder",
    "min_speed_rate": "min_rate",
    "max_speed_rate": "max_rate",
    "min_gain_dBFS": "min_gain",
    "max_gain_dBFS": "max_gain",
    "new_sample_rates": "rates",
}
_LARGEST: Final = 2**20


@dataclass(frozen=True, slots=True)
class Step:
    """An effect, and how often it is used."""

    type: str
    params: Effect | SpecAugment
    prob: float


@dataclass(frozen=True, slots=True)
class Recipe:
    """Effects in the order in which they are used."""

    steps: tuple[Step, ...]

    @property
    def on_sound(self) -> tuple[Step, ...]:
        """Those that are ever used, and not on features."""
        return tuple(
            step for step in self.steps if step.prob and not isinstance(step.params, SpecAugment)
        )

    def describe(self) -> list[dict[str, Any]]:
        """As it would be written."""
        return [
            {"type": step.type, "prob": step.prob, "params": asdict(step.params)}
            for step in self.steps
        ]


def shipped_recipe() -> str:
    """The text of the recipe that comes with Hansard."""
    return Path(__file__).with_name("augment.yaml").read_text(encoding="utf-8")


def read_recipe(path: Path) -> Recipe:
    """A recipe from a file, JSON where its suffix says so, else YAML.

    Folders in it are relative to the file.

    Raises:
        SettingError: it cannot be read, or is not what a recipe must be.
    """
    try:
        if path.stat().st_size > _LARGEST:
            raise SettingError(f"recipe {str(path)!r} is larger than a recipe can be")
        text = path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        reason = error.strerror if isinstance(error, OSError) else "it is not UTF-8"
        raise SettingError(
            f"cannot read recipe {str(path)!r}: {reason}",
            hint="hansard data augment --write-recipe writes one to begin with",
        ) from error
    return parse_recipe(text, str(path), path.absolute().parent)


def parse_recipe(text: str, name: str = "the recipe", folder: Path | None = None) -> Recipe:
    """A recipe from its text; `name` is what errors call it.

    Raises:
        SettingError: it is not what a recipe must be; names the item, the key and the value.
    """
    listed = _load(text, name)
    if not isinstance(listed, list):
        raise SettingError(
            f"{name}: it is {_shown(listed)}, not a list of effects",
            hint="write a list of {type, params, prob}",
        )
    return Recipe(
        tuple(_step(one, f"{name}, item {number}", folder) for number, one in enumerate(listed, 1))
    )


def _load(text: str, name: str) -> object:
    if name.endswith(".json"):
        try:
            return json.loads(text)
        except (ValueError, RecursionError) as error:
            raise SettingError(f"{name}: it is not JSON: {error}") from error
    import yaml

    try:
        return yaml.safe_load(text)
    except (yaml.YAMLError, RecursionError) as error:
        where = " ".join(str(error).split())
        raise SettingError(f"{name}: it is not YAML: {where}") from error


def _step(item: object, where: str, folder: Path | None) -> Step:
    if not isinstance(item, dict) or not isinstance(item.get("type"), str):
        raise SettingError(
            f"{where} is {_shown(item)}, not an effect", hint="write {type, params, prob}"
        )
    wanted = item["type"].strip().lower()
    kind = _OTHER_TYPES.get(wanted, wanted)
    where = f"{where} ({wanted})"
    if kind not in _TYPES:
        raise SettingError(f"{where}: there is no such effect", hint=f"one of {', '.join(_TYPES)}")
    _refuse_unknown(item, ("type", "params", "prob"), where)
    prob = item.get("prob", 1.0)
    if isinstance(prob, bool) or not isinstance(prob, int | float) or not 0 <= prob <= 1:
        raise SettingError(f"{where}: prob is {_shown(prob)}, not a number from 0 to 1")
    params = item.get("params")
    params = {} if params is None else params
    if not isinstance(params, dict):
        raise SettingError(f"{where}: params is {_shown(params)}, not a mapping")
    named = {_OTHER_NAMES.get(str(key), key): value for key, value in params.items()}
    return Step(kind, _params(_TYPES[kind], named, where, folder), float(prob))


def _params(
    kind: type[Effect | SpecAugment], given: dict[Any, Any], where: str, folder: Path | None
) -> Effect | SpecAugment:
    _refuse_unknown(given, tuple(field.name for field in fields(kind)), where)
    try:
        made: Effect | SpecAugment = msgspec.convert(given, kind)
    except msgspec.ValidationError as error:
        told = str(error)
        found = re.search(r"at `\$\.(\w+)", told)
        value = f"{found[1]} is {_shown(given.get(found[1]))}: " if found else ""
        raise SettingError(f"{where}: {value}{told.partition(' - at ')[0].lower()}") from error
    _check_order(made, where)
    if isinstance(made, Noise) and made.folder and made.colours:
        raise SettingError(f"{where}: noise is either of colours or from a folder, not both")
    if isinstance(made, Noise | Room) and made.folder and folder:
        made = replace(made, folder=os.path.normpath(folder / made.folder))
    return made


def _refuse_unknown(given: Mapping[Any, Any], known: tuple[str, ...], where: str) -> None:
    for key in given:
        if key not in known:
            raise SettingError(f"{where}: unknown key {key!r}", hint=f"known: {', '.join(known)}")


def _check_order(made: Effect | SpecAugment, where: str) -> None:
    values = asdict(made)
    for name, low in values.items():
        high = values.get(name.replace("min_", "max_", 1))
        if name.startswith("min_") and high is not None and low > high:
            raise SettingError(
                f"{where}: {name} is {low:g}, above {name.replace('min_', 'max_', 1)}, {high:g}"
            )


def _shown(value: object) -> str:
    text = repr(value)
    return text if len(text) <= 60 else f"{text[:57]}..."
