"""Where a training project keeps what: one folder with fixed names below it."""

from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True, slots=True)
class Project:
    """The folder that data, models, logs and reports of one training project lie in."""

    root: Path

    @property
    def uploads(self) -> Path:
        """Recordings and their transcripts as they came."""
        return self.root / "uploads"

    @property
    def duplicates(self) -> Path:
        """Recordings that are there twice, moved out of the way."""
        return self.uploads / "duplicates"

    @property
    def manifests(self) -> Path:
        """Manifests and the reports about data."""
        return self.root / "manifests"

    @property
    def splits(self) -> Path:
        """The parts of a manifest for training, validation and test."""
        return self.manifests / "splits"

    @property
    def journals(self) -> Path:
        """What long deeds have done already, so that they can go on."""
        return self.manifests / ".journal"

    @property
    def processed(self) -> Path:
        """Recordings as 16 kHz mono, trimmed."""
        return self.root / "data" / "processed"

    @property
    def augmented(self) -> Path:
        """Copies of recordings with noise, room and the like."""
        return self.root / "data" / "augmented"

    @property
    def shards(self) -> Path:
        """Recordings decoded once, for fast training; can be deleted at any time."""
        return self.root / "data" / "shards"

    @property
    def outputs(self) -> Path:
        """Word times of recordings: `<id>/transcription_base.json`."""
        return self.root / "outputs"

    @property
    def runs(self) -> Path:
        """Trainings: `<run>/` with checkpoints, manifest and package."""
        return self.root / "models" / "whisper"

    @property
    def logs(self) -> Path:
        """A log of JSON lines for each training."""
        return self.root / "logs" / "training"

    @property
    def reports(self) -> Path:
        """A folder of pages for each evaluation."""
        return self.root / "reports"

    @property
    def licences(self) -> Path:
        """What each source allows, for people."""
        return self.root / "DATA_LICENSES.md"
