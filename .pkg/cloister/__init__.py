"""Cloister: joint computations over data that nobody may see.

The public face of the package; its parts are loaded when they are first asked for.
"""

from __future__ import annotations

__version__ = "0.1.0"
