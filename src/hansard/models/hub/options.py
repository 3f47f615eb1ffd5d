"""Where models are kept, and what may be fetched."""

import re
from dataclasses import dataclass, field
from pathlib import Path

_PLACEHOLDERS = re.compile(
    r"your[-_ ].*|<.*>|change[-_]?me|hf_x+|hf_\.{3}|x{3,}|\.{3}|none|null|unset|todo|placeholder"
    r"|(my|hf|huggingface)?[-_]?token([-_]here)?",
    re.IGNORECASE,
)


def user_data_dir() -> Path:
    """The folder where this system keeps a program's data for this user."""
    import platformdirs

    return platformdirs.user_data_path("hansard", appauthor=False)


@dataclass(frozen=True, kw_only=True)
class HubOptions:
    """Where models are kept, and what may be fetched."""

    data_dir: Path = field(default_factory=user_data_dir)
    """The folder that Hansard keeps its data in; models lie in `models` below it."""
    offline: bool = False
    """Open no network connection; only models that are already here can be used."""
    hf_token: str | None = field(default=None, repr=False)
    """The access token for gated and private models; a placeholder counts as none."""
    aliases: dict[str, str] = field(default_factory=dict)
    """Names of your own for models, for example `mine = "owner/repo@v2:int8"`."""

    @property
    def models_dir(self) -> Path:
        """The folder that holds the models."""
        return self.data_dir.expanduser() / "models"


def real_token(token: str | None) -> str | None:
    """The token, or None where it is absent or plainly a placeholder from a template."""
    text = (token or "").strip().strip("'\"").strip()
    if not text or _PLACEHOLDERS.fullmatch(text):
        return None
    return text
