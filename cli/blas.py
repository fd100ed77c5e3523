"""How many threads the BLAS behind numpy takes. It is settled in the environment, before numpy is loaded."""

from __future__ import annotations

import os

#: One a party: all parties share this machine.
ONE_THREAD = {"OPENBLAS_NUM_THREADS": "1", "OMP_NUM_THREADS": "1", "MKL_NUM_THREADS": "1"}


def pin() -> None:
    """One thread in this process, if numpy is not loaded yet, and in those that it starts."""
    os.environ.update(ONE_THREAD)
