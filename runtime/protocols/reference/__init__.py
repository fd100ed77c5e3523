"""In the clear, in one process: for comparing and for finding mistakes."""

from .protocol import Reference

__all__ = ["Reference"]
