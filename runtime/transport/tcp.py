"""One end of a stream to one peer, never blocking. Here in the clear; over TLS in `tls.py`."""

from __future__ import annotations

import contextlib
import socket

#: Asked of the kernel for each direction, in bytes; it may grant less.
BUFFER_BYTES = 4 << 20


def tune(sock: socket.socket) -> None:
    """Makes a connected socket non-blocking, prompt with small frames and roomy for large ones."""
    sock.setblocking(False)
    sock.setsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)
    sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    for option in (socket.SO_SNDBUF, socket.SO_RCVBUF):
        # A kernel that grants no such size keeps its own: slower, not wrong.
        with contextlib.suppress(OSError):
            sock.setsockopt(socket.SOL_SOCKET, option, BUFFER_BYTES)


class Link:
    """A connected, tuned socket in the clear."""

    #: The most that one call of `send` is given.
    chunk = 1 << 30

    def __init__(self, sock: socket.socket) -> None:
        self.sock = sock

    def send(self, data: memoryview) -> int:
        """Sends some of `data`: how many bytes, 0 when the stream takes none now. Raises OSError.

        After a 0 the next call must be given at least the same bytes again (TLS asks for this).
        """
        try:
            return self.sock.send(data)
        except BlockingIOError:
            return 0

    def receive(self, room: memoryview) -> int:
        """Receives into `room` (not empty): how many bytes, 0 when none are there now.

        Raises EOFError when the peer has closed, OSError when the link broke.
        """
        try:
            received = self.sock.recv_into(room)
        except BlockingIOError:
            return 0
        if received == 0:
            raise EOFError
        return received

    def half_close(self) -> None:
        """Ends the own direction; what the peer still sends can be read."""
        self.sock.shutdown(socket.SHUT_WR)

    def close(self) -> None:
        """Ends the link."""
        self.sock.close()
