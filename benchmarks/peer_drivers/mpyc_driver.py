"""One piece of work on MPyC, three parties, every party a process: mpyc_driver.py WORK FOLDER -M3

Runs in an environment of its own (mpyc, numpy, gmpy2), reads a.npy and b.npy from the folder and prints one
JSON line. The inputs are shared before the clock starts; it runs between two barriers.
"""

from __future__ import annotations

import json
import resource
import sys
import time
from typing import Any

import numpy as np
from mpyc.runtime import mpc

WORKS = {
    "products": (64, lambda a, b: a * b),
    "less64": (64, lambda a, b: a < b),
    "less32": (34, lambda a, b: a < b),
    "dot": (64, lambda a, b: a @ b),
    "matmul": (64, lambda a, b: a @ b),
}


async def now() -> tuple[float, float, int]:
    """After everybody has come here: seconds, CPU seconds, bytes sent."""
    await mpc.barrier()
    await mpc.transfer(b"")
    sent = sum(peer.protocol.nbytes_sent for peer in mpc.parties if peer.pid != mpc.pid)
    return time.perf_counter(), time.process_time(), sent


async def shared(kind: Any, values: Any) -> Any:
    """The values of the first party, shared with all."""
    array = mpc.input(kind.array(values.astype(object)), senders=0)
    await mpc.gather(array)
    return array


async def main() -> None:
    """Shares, runs, checks, prints."""
    work, folder = sys.argv[1], sys.argv[2]
    bits, run = WORKS[work]
    a, b = (np.load(f"{folder}/{name}.npy") for name in "ab")
    await mpc.start()
    kind = mpc.SecInt(bits)
    x, y = await shared(kind, a), await shared(kind, b)
    before = await now()
    z = run(x, y)
    await mpc.gather(z)
    after = await now()
    sample = z if work == "dot" else z[:50]
    out, model = await mpc.output(sample), run(a, b)
    memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024
    own = after[0] - before[0], after[1] - before[1], after[2] - before[2], memory
    seconds, cpu, sent, peak = (max(column) for column in zip(*await mpc.transfer(own), strict=True))
    right = np.array_equal(np.asarray(out, object).astype(np.int64), model if work == "dot" else model[:50])
    if mpc.pid == 0:
        print(json.dumps({"seconds": seconds, "cpu": cpu, "memory": peak, "bytes": sent, "rounds": 0,
                          "right": bool(right)}))
    await mpc.shutdown()


mpc.run(main())
