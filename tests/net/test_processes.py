"""Parties as processes, over TLS: what the others see when one is killed in the middle of a run."""

from __future__ import annotations

import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from .parties import NAMES, identities, listeners

SCRIPT = Path(__file__).with_name("party_process.py")
SEPARATOR = b"=====\n"


@pytest.mark.parametrize("victim", [0, 2])
def test_a_killed_party_ends_the_run_of_all(victim: int) -> None:
    known = identities()
    pems = [one.certificate.pem.encode() for one in known]
    with listeners(3) as sockets:
        ports = [str(one.getsockname()[1]) for one in sockets]
    running = []
    try:
        for me, one in enumerate(known):
            process = subprocess.Popen([sys.executable, str(SCRIPT), str(me), *ports], stdin=subprocess.PIPE,
                                       stdout=subprocess.PIPE)
            running.append(process)
            assert process.stdin is not None
            process.stdin.write(SEPARATOR.join([one.key_pem(), *pems]))
            process.stdin.close()
        for process in running:
            assert process.stdout is not None
            assert process.stdout.readline() == b"running\n"
        running[victim].send_signal(signal.SIGKILL)
        start = time.monotonic()
        for me, process in enumerate(running):
            assert process.stdout is not None
            if me != victim:
                assert process.wait(10) == 4
                assert NAMES[victim] in process.stdout.read().decode()
        assert time.monotonic() - start < 5
    finally:
        for process in running:
            process.kill()
            process.wait()
            assert process.stdout is not None
            process.stdout.close()
