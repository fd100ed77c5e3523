"""One piece of work on SecretFlow SPU, every party a process: spu_driver.py WORK FOLDER ABY3|CHEETAH

Runs in an environment of its own (spu, jax, numpy < 2), reads a.npy and b.npy from the folder and prints one
JSON line. The inputs are shared before the clock starts; it runs between two barriers.
"""

from __future__ import annotations

import json
import os
import pickle
import re
import resource
import socket
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import numpy as np
import spu.api
from spu import libspu


def sort(a: Any, b: Any) -> Any:
    """All elements of both in order: of JAX, or of numpy for the check."""
    if isinstance(a, np.ndarray):
        return np.sort(np.concatenate([a, b]))
    import jax.numpy as jnp

    return jnp.sort(jnp.concatenate([a, b]))


PARTIES = {"ABY3": 3, "CHEETAH": 2}
WORKS = {
    "products": lambda a, b: a * b,
    "less64": lambda a, b: a < b,
    "less32": lambda a, b: a < b,
    "dot": lambda a, b: a @ b,
    "matmul": lambda a, b: a @ b,
    "sort32": sort,
}


def config(protocol: str) -> Any:
    """A protocol over 64 bits, with its faster way to sort; the profile makes it log what it sent."""
    settings = libspu.RuntimeConfig(protocol=getattr(libspu.ProtocolKind, protocol), field=libspu.FieldType.FM64)
    settings.enable_hal_profile = True
    settings.fxp_fraction_bits = 18
    settings.sort_method = libspu.RuntimeConfig.SortMethod.SORT_QUICK
    return settings


def compiled(work: str, operands: list[Any]) -> Any:
    """The executable of a piece of work, from JAX."""
    import jax
    import spu.utils.frontend as frontend

    jax.config.update("jax_enable_x64", True)
    secret = [libspu.Visibility.VIS_SECRET] * len(operands)
    executable, _ = frontend.compile(frontend.Kind.JAX, WORKS[work], operands, {}, ["a", "b"], secret,
                                     lambda outputs: [f"out{i}" for i in range(len(outputs))])
    return executable


def party(rank: int, folder: Path, protocol: str) -> None:
    """One party: takes its part from a file and leaves its result in another."""
    ports, program, shares = pickle.loads((folder / f"spu.{rank}.in").read_bytes())
    executable = libspu.Executable()
    executable.ParseFromString(program)
    desc = libspu.link.Desc()
    desc.recv_timeout_ms = 600_000
    for i, port in enumerate(ports):
        desc.add_party(f"party{i}", f"127.0.0.1:{port}")
    link = libspu.link.create_brpc(desc, rank)
    runtime = spu.api.Runtime(link, config(protocol))
    for name, share in zip(("a", "b"), shares, strict=True):
        runtime.set_var(name, share)
    link.barrier()
    started, computed = time.perf_counter(), time.process_time()
    runtime.run(executable)
    link.barrier()
    seconds, cpu = time.perf_counter() - started, time.process_time() - computed
    memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024
    out = [runtime.get_var(name) for name in executable.output_names]
    (folder / f"spu.{rank}.out").write_bytes(pickle.dumps((seconds, cpu, memory, out)))
    link.barrier()
    link.stop_link()


def free_ports(count: int) -> list[int]:
    """Ports that nobody listens on right now."""
    sockets = [socket.create_server(("127.0.0.1", 0)) for _ in range(count)]
    ports = [s.getsockname()[1] for s in sockets]
    for s in sockets:
        s.close()
    return ports


def main() -> None:
    """Shares, runs, checks, prints."""
    work, folder, protocol = sys.argv[1], Path(sys.argv[2]), sys.argv[3]
    parties = PARTIES[protocol]
    operands = [np.load(folder / f"{name}.npy") for name in "ab"]
    if work.endswith("32"):
        operands = [a.astype(np.int32) for a in operands]
    if operands[0].dtype.kind == "f":
        operands = [a.astype(np.float32) for a in operands]
    executable = compiled(work, operands).SerializeToString()
    io = spu.api.Io(parties, config(protocol))
    shares = [io.make_shares(a, libspu.Visibility.VIS_SECRET) for a in operands]
    ports = free_ports(parties)
    for rank in range(parties):
        (folder / f"spu.{rank}.in").write_bytes(pickle.dumps((ports, executable, [s[rank] for s in shares])))
    run_parties(folder, protocol)
    found = [pickle.loads((folder / f"spu.{rank}.out").read_bytes()) for rank in range(parties)]
    out = io.reconstruct([one[3][0] for one in found])
    print(json.dumps({**measured(found, folder), "right": right(work, operands, out)}), flush=True)
    os._exit(0)  # its threads do not end by themselves


def run_parties(folder: Path, protocol: str) -> None:
    """Every party a process of its own; what it says goes to a file."""
    children = []
    for rank in range(PARTIES[protocol]):
        with (folder / f"spu.{rank}.log").open("w") as log:
            children.append(subprocess.Popen([sys.executable, __file__, "party", str(rank), str(folder), protocol],
                                             stdout=log, stderr=subprocess.STDOUT))
    for child in children:
        child.wait()


def measured(found: list[Any], folder: Path) -> dict[str, Any]:
    """Of the slowest party, the busiest, the largest; messages and bytes from the logs."""
    logs = [(folder / f"spu.{rank}.log").read_text(errors="replace") for rank in range(len(found))]
    sent = [[int(n) for n in re.findall(r"total send bytes (\d+)", log)] for log in logs]
    rounds = [[int(n) for n in re.findall(r"send actions (\d+)", log)] for log in logs]
    return {
        "seconds": max(one[0] for one in found), "cpu": max(one[1] for one in found),
        "memory": max(one[2] for one in found), "bytes": max(max(s, default=0) for s in sent),
        "rounds": max(max(r, default=0) for r in rounds),
    }


def right(work: str, operands: list[Any], out: Any) -> bool:
    """Against numpy; fixed-point results within their precision."""
    model = WORKS[work](*[a.astype(np.float64) if a.dtype.kind == "f" else a for a in operands])
    if operands[0].dtype.kind == "f":
        return bool(np.abs(out - model).max() < 2.0**-4)
    return bool(np.array_equal(out, model))


if __name__ == "__main__":
    if sys.argv[1] == "party":
        party(int(sys.argv[2]), Path(sys.argv[3]), sys.argv[4])
        os._exit(0)
    main()
