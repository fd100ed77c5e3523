"""A proxy process that is a slower network: a delay line and a token bucket between two sockets, each way.

    python -m tests.net.proxy TARGET_PORT LATENCY BANDWIDTH

listens on a port of its own, which it prints, and passes every connection on. It knows nothing of what travels.
"""

from __future__ import annotations

import socket
import sys
import threading
import time
from collections import deque

_CHUNK = 1 << 16


def main() -> None:
    """Serves until the process is ended."""
    target, latency, bandwidth = int(sys.argv[1]), float(sys.argv[2]), float(sys.argv[3])
    with socket.create_server(("127.0.0.1", 0)) as listener:
        print(listener.getsockname()[1], flush=True)
        while True:
            near, _ = listener.accept()
            far = socket.create_connection(("127.0.0.1", target))
            for source, sink in ((near, far), (far, near)):
                source.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
                _Pipe(source, sink, latency, bandwidth).start()


class _Pipe:
    """One direction: what was read waits in the line until it is due."""

    def __init__(self, source: socket.socket, sink: socket.socket, latency: float, bandwidth: float) -> None:
        self._source, self._sink = source, sink
        self._latency, self._bandwidth = latency, bandwidth
        self._line: deque[tuple[float, bytes]] = deque()
        self._more = threading.Semaphore(0)

    def start(self) -> None:
        """Begins to pass on."""
        for work in (self._read, self._write):
            threading.Thread(target=work, daemon=True).start()

    def _read(self) -> None:
        free = 0.0
        while True:
            try:
                data = self._source.recv(_CHUNK)
            except OSError:
                data = b""
            free = max(free, time.monotonic()) + len(data) / self._bandwidth
            self._line.append((free + self._latency, data))
            self._more.release()
            if not data:
                return

    def _write(self) -> None:
        while True:
            self._more.acquire()
            due, data = self._line.popleft()
            time.sleep(max(0.0, due - time.monotonic()))
            try:
                if not data:
                    self._sink.shutdown(socket.SHUT_WR)
                    return
                self._sink.sendall(data)
            except OSError:
                return


if __name__ == "__main__":
    main()
