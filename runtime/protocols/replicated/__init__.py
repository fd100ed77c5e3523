"""Three parties, one of them curious: replicated secret sharing."""

from .protocol import Replicated

__all__ = ["Replicated"]
