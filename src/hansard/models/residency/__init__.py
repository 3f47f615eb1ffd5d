"""Which models are in memory, lent to whom, evicted when."""

from hansard.models.residency.options import ResidencyOptions
from hansard.models.residency.residents import Residents
from hansard.models.residency.room import Resident

__all__ = ["ResidencyOptions", "Resident", "Residents"]
