"""Speakers by ONNX models, without torch and without a token: the engine `onnx`.

Segmentation (who of a few speaks when) in overlapping windows, an embedding of each local speaker
from where it speaks alone, clustering of these, and the windows' vote on every frame. The models
have the layout of sherpa-onnx; onnxruntime runs the first, sherpa-onnx itself the second.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from hansard.errors import ModelError
from hansard.models.hub import ModelFiles
from hansard.models.hub.opening import onnx_path
from hansard.models.speakers.protocol import SpeakerFiles

if TYPE_CHECKING:
    from hansard.models.speakers.onnx_engine import OnnxSpeakers

THRESHOLD = 0.4
"""For models that do not say: about where pyannote's pipeline, whose threshold was tuned for
WeSpeaker's ResNet34, stops joining clusters, as a mean cosine similarity. Not measured here."""
RECOGNISES = 0.6
"""For models that do not say: what sherpa-onnx's own examples ask of two clips of one person."""
_FIXED = 150_000_000
"""Bytes that the libraries and one window take."""


@dataclass(frozen=True, slots=True)
class OnnxSpec:
    """The engine, unloaded."""

    name: str = "onnx"
    needs: tuple[str, ...] = ("sherpa_onnx", "onnxruntime")
    extra: str | None = None
    roles: Mapping[str, str] = field(
        default_factory=lambda: {
            "segmentation": "segmentation_model",
            "embedding": "embedding_model",
        }
    )

    def memory(self, files: SpeakerFiles) -> int:
        """About how many bytes it takes: weights twice, for they are prepacked."""
        return _FIXED + 2 * sum(model.size for model in files.models.values())

    def load(self, files: SpeakerFiles) -> "OnnxSpeakers":
        """Load both models.

        Raises:
            ModelError: one of them was not given, or is not in the layout `onnx`.
            ModelDamagedError: a file is not the model that it should be.
        """
        segmentation, embedding = (self._model(files, role) for role in self.roles)
        from hansard.models.speakers.onnx_engine import OnnxSpeakers
        from hansard.models.speakers.onnx_segmentation import Segmentation
        from hansard.models.speakers.onnx_voices import VoiceModel

        card = embedding.card
        known = replace(
            card,
            threshold=THRESHOLD if card.threshold is None else card.threshold,
            recognises=RECOGNISES if card.recognises is None else card.recognises,
        )
        return OnnxSpeakers(
            Segmentation(onnx_path(segmentation), threads=files.threads),
            VoiceModel(onnx_path(embedding), threads=files.threads),
            replace(embedding, card=known),
        )

    def _model(self, files: SpeakerFiles, role: str) -> ModelFiles:
        model = files.models.get(role)
        if model is None or model.layout != "onnx":
            what = "was not given" if model is None else f"{model.name!r} is not an ONNX file"
            raise ModelError(
                f"the {role} model of the speaker engine onnx {what}",
                hint=f"set {self.roles[role]}; `hansard models list` shows the models",
            )
        return model


SPEC = OnnxSpec()
