"""What all tests share: on the continuous integration, generated examples are the same in every run.

A change is judged by what it did, not by the luck of a draw; whoever works on the code draws new examples each time.
"""

from __future__ import annotations

import os
from collections.abc import Iterator

import pytest
from cloister.runtime import compiled
from hypothesis import settings

settings.register_profile("ci", derandomize=True)
if os.environ.get("CI"):
    settings.load_profile("ci")


@pytest.fixture(params=["numpy", "compiled"])
def kernel_path(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    """Both ways through the code that is compiled where it can be; the second is skipped where it is not."""
    monkeypatch.delenv(compiled.SWITCH, raising=False)
    compiled.kernels.cache_clear()
    if request.param == "compiled" and compiled.kernels() is None:
        pytest.skip("no compiled kernels here")
    monkeypatch.setenv(compiled.SWITCH, request.param)
    compiled.kernels.cache_clear()
    yield request.param
    compiled.kernels.cache_clear()
