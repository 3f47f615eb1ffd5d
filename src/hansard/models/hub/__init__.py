"""Model names into verified files on this machine's disk."""

from hansard.models.hub.files import Layout, ModelCard, ModelFiles
from hansard.models.hub.options import HubOptions

__all__ = ["HubOptions", "Layout", "ModelCard", "ModelFiles"]
