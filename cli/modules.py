"""Modules that are loaded when they are first needed."""

from __future__ import annotations

import gc
import importlib
import sys
from types import ModuleType


def load(name: str) -> ModuleType:
    """A module by its whole name. What it brings along is there to the end of the process, and is not looked through
    for cycles: neither while it is loaded, which took a tenth of the time, nor at exit, which took as long."""
    if name in sys.modules:
        return sys.modules[name]
    was = gc.isenabled()
    gc.disable()
    try:
        return importlib.import_module(name)
    finally:
        gc.freeze()
        if was:
            gc.enable()
