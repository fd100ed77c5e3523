"""What all tests share: on the continuous integration, generated examples are the same in every run.

A change is judged by what it did, not by the luck of a draw; whoever works on the code draws new examples each time.
"""

from __future__ import annotations

import os

from hypothesis import settings

settings.register_profile("ci", derandomize=True)
if os.environ.get("CI"):
    settings.load_profile("ci")
