"""Two parties or more, all but one of them curious: additive secret sharing."""

from .protocol import Additive

__all__ = ["Additive"]
