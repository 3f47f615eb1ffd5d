"""Log-mel features as Whisper wants them, in PyTorch: the same for training as for serving."""

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import torch
from transformers.audio_utils import mel_filter_bank

from hansard.audio import SAMPLE_RATE
from hansard.transcript import Seconds

if TYPE_CHECKING:
    from numpy.typing import NDArray

FRAMES_PER_SECOND = 100
_FFT = 400
_HOP = 160
_QUIETEST = -1.5
"""The feature of digital silence."""


class Features:
    """Makes log-mel features: 25 ms windows, 10 ms steps, Slaney's mel scale."""

    def __init__(self, folder: Path) -> None:
        """Of the model in this folder, which says how many mel bands it wants."""
        path = folder / "preprocessor_config.json"
        told = json.loads(path.read_bytes()) if path.exists() else {}
        config = json.loads((folder / "config.json").read_bytes())
        self.bands = int(told.get("feature_size", config.get("num_mel_bins", 80)))
        bank = mel_filter_bank(
            num_frequency_bins=1 + _FFT // 2,
            num_mel_filters=self.bands,
            min_frequency=0.0,
            max_frequency=8000.0,
            sampling_rate=SAMPLE_RATE,
            norm="slaney",
            mel_scale="slaney",
        )
        self._bank = torch.from_numpy(np.asarray(bank, dtype=np.float32).T.copy())
        self._hann = torch.hann_window(_FFT)

    def make(self, samples: "NDArray[np.float32]") -> "NDArray[np.float32]":
        """Features of one clip. Shape: (bands, frames), a frame for each 10 ms."""
        # a step of silence behind it, as faster-whisper adds: the last frame stays the same
        samples = np.pad(samples, (0, max(_HOP, _FFT - len(samples))))
        # not in half precision, whatever the model around it uses
        with torch.no_grad(), torch.autocast("cpu", enabled=False):
            wave = torch.from_numpy(samples)
            spectrum: Any = torch.stft(
                wave, _FFT, _HOP, window=self._hann, center=True, return_complex=True
            )
            power = spectrum[:, :-1].abs() ** 2
            log = torch.log10(torch.clamp(self._bank @ power, min=1e-10))
            log = torch.maximum(log, log.max() - 8.0)
            made: NDArray[np.float32] = ((log + 4.0) / 4.0).numpy()
        return made


def pad(features: "NDArray[np.float32]", seconds: Seconds, *, quiet: bool) -> Any:
    """Features of `seconds`, what is missing filled. Shape: (bands, frames).

    With zeros, as faster-whisper does, or with what `quiet` sound gives, as openai-whisper and
    transformers do: a model that has seen one alone reads badly under the other.
    """
    frames = round(seconds * FRAMES_PER_SECOND)
    floor = max(_QUIETEST, float(features.max()) - 2.0) if quiet else 0.0
    whole = np.full((features.shape[0], frames), floor, dtype=np.float32)
    used = min(frames, features.shape[1])
    whole[:, :used] = features[:, :used]
    return whole
