"""How the parties meet: every pair gets one authenticated link and one key of its own.

Of two parties the one with the lower position listens and the other calls. Everything runs in one loop of
non-blocking connections with a deadline each, so strangers who connect, and peers who are late, stop nobody.
"""

from __future__ import annotations

import contextlib
import selectors
import socket
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

from .errors import AssumptionFailed, ConfigError, DataError, Disagreement, PeerError
from .handshake import Met, NotCloister, Refused, Setup, Steps, Wire, answer, call
from .identity import Certificate, Identity
from .transport.base import Transport
from .transport.frame import MOST_PARTIES
from .transport.sockets import SocketTransport
from .transport.tcp import tune

Address = tuple[str, int]

#: Seconds that one connection has from its first byte to an authenticated link.
HANDSHAKE_SECONDS = 10.0
#: Connections that may be in their handshake at a time; beyond, the oldest that has not greeted gives way.
MOST_CANDIDATES = 128

_FIRST_NOTICE = 3.0
_RETRY = 0.05
_SLOWEST_RETRY = 1.0
_LONGEST_PAUSE = 0.25


@dataclass
class Session:
    """The links of this party, and the 32-byte key that it shares with each peer, by position."""

    transport: Transport
    keys: dict[int, bytes] = field(repr=False)

    def close(self, error: BaseException | None = None) -> None:
        """Ends the links; with the error that ends the run the peers are told why, without any data."""
        self.transport.close("" if error is None else reason(error))


def connect(me: int, names: Sequence[str], addresses: Sequence[Address], identity: Identity | None = None,
            certificates: Sequence[Certificate] = (), *, listener: socket.socket | None = None,
            timeout: float = 30.0, silence: float = 30.0, insecure: bool = False,
            waiting: Callable[[tuple[str, ...]], None] | None = None) -> Session:
    """Links party `me` to all others and agrees on the pairwise keys.

    `names`, `addresses` (host, port) and `certificates` are by position, the same order at every party.
    `listener` is a bound and listening socket (it stays the caller's); without one the own address is bound.
    `timeout` seconds are given to all peers to come, `silence` seconds to a peer that is waited for later.
    `insecure` leaves out TLS: no privacy, no authenticity, for measurements only. `waiting` is called with
    the names still missing after a few seconds and whenever they change.

    Raises ConfigError, PeerError (someone did not come or is not who it should be) or Disagreement.
    """
    setup = _checked(me, tuple(names), identity, tuple(certificates), insecure)
    with contextlib.ExitStack() as stack:
        if listener is None and me < len(names) - 1:
            listener = stack.enter_context(_listen(addresses[me]))
        meeting = stack.enter_context(contextlib.closing(_Meeting(setup, addresses, listener, waiting)))
        try:
            meeting.run(timeout)
        except BaseException as error:
            # Those who are linked already hear why nothing comes of it.
            _session(setup, meeting.met, silence).close(error)
            raise
        return _session(setup, meeting.met, silence)


def reason(error: BaseException) -> str:
    """What peers may be told about the error that ends this party's run: never its data, paths or values."""
    if isinstance(error, PeerError | Disagreement | AssumptionFailed):
        return str(error)
    if isinstance(error, DataError):
        return "its data does not fit the program’s declarations"
    if isinstance(error, ConfigError):
        return "its configuration cannot be used"
    if isinstance(error, KeyboardInterrupt):
        return "it was interrupted"
    return f"an internal error ({type(error).__name__})"


def _session(setup: Setup, met: Mapping[int, Met], silence: float) -> Session:
    links = {peer: one.link for peer, one in met.items()}
    return Session(SocketTransport(setup.me, setup.names, links, silence),
                   {peer: one.key for peer, one in sorted(met.items())})


def _checked(me: int, names: tuple[str, ...], identity: Identity | None,
             certificates: tuple[Certificate, ...], insecure: bool) -> Setup:
    if len(names) > MOST_PARTIES or len(set(names)) < len(names):
        raise ConfigError(f"at most {MOST_PARTIES} parties of different names can be linked")
    if insecure:
        return Setup(me, names)
    if identity is None or len(certificates) != len(names):
        raise ConfigError("links need this party’s key and every party’s certificate")
    if len({certificate.der for certificate in certificates}) < len(certificates):
        raise ConfigError("two parties are configured with the same certificate")
    if identity.certificate != certificates[me]:
        raise ConfigError(f"the certificate configured for {names[me]} is not that of its key")
    return Setup(me, names, identity, certificates)


def _listen(address: Address) -> socket.socket:
    host, port = address
    try:
        family = socket.AF_INET6 if ":" in host else socket.AF_INET
        return socket.create_server((host, port), family=family, backlog=MOST_CANDIDATES)
    except OSError as error:
        raise ConfigError(f"cannot listen on {host}:{port}: {error.strerror or error}") from None


@dataclass
class _Candidate:
    """A connection on the way to a link; `peer` is whom this party calls, None for one that called it."""

    wire: Wire
    steps: Steps[Met]
    deadline: float
    peer: int | None
    handle: int


@dataclass
class _Call:
    """When a peer that listens is called next, and what became of it so far."""

    due: float
    pause: float = _RETRY
    attempts: int = 0
    problem: str = ""
    under_way: bool = False


class _Meeting:
    """The loop that brings the links up; `met` are those that stand, by peer."""

    def __init__(self, setup: Setup, addresses: Sequence[Address], listener: socket.socket | None,
                 waiting: Callable[[tuple[str, ...]], None] | None) -> None:
        self._setup = setup
        self._addresses = addresses
        self._listener = listener
        self._waiting = waiting
        self._selector = selectors.DefaultSelector()
        self._candidates: dict[int, _Candidate] = {}
        self.met: dict[int, Met] = {}
        self._calls = {peer: _Call(time.monotonic()) for peer in range(setup.me)}
        self._problems: dict[int, str] = {}
        self._noticed: tuple[str, ...] = ()

    def run(self, timeout: float) -> None:
        """Returns when every peer is linked. Raises PeerError or Disagreement."""
        start = time.monotonic()
        if self._listener is not None:
            self._listener.setblocking(False)
            self._selector.register(self._listener, selectors.EVENT_READ)
        while self._missing():
            now = time.monotonic()
            if now > start + timeout:
                raise PeerError(self._absence(timeout))
            if now > start + _FIRST_NOTICE:
                self._notice()
            self._place_calls(now)
            self._expire(now)
            for key, _ in self._selector.select(self._pause(now, start + timeout)):
                if key.fileobj is self._listener:
                    self._accept()
                elif key.fd in self._candidates:
                    self._advance(self._candidates[key.fd])

    def close(self) -> None:
        """Drops what is not linked."""
        for candidate in list(self._candidates.values()):
            self._drop(candidate)
        self._selector.close()

    def _missing(self) -> list[int]:
        return [peer for peer in range(len(self._setup.names))
                if peer != self._setup.me and peer not in self.met]

    def _notice(self) -> None:
        names = tuple(self._setup.names[peer] for peer in self._missing())
        if self._waiting is not None and names != self._noticed:
            self._noticed = names
            self._waiting(names)

    def _absence(self, timeout: float) -> str:
        """Who did not come, where, and what was seen of it."""
        lines = []
        for peer in self._missing():
            host, port = self._addresses[peer]
            found = self._calls[peer].problem if peer in self._calls else self._problems.get(peer, "")
            lines.append(f"{self._setup.names[peer]} ({host}:{port}) did not come within {timeout:g} s"
                         + (f": {found}" if found else ""))
        return "; ".join(lines)

    def _pause(self, now: float, end: float) -> float:
        """Seconds until something is due without any event."""
        due = [call.due for peer, call in self._calls.items() if not call.under_way and peer not in self.met]
        deadlines = [candidate.deadline for candidate in self._candidates.values()]
        return max(0.0, min([end, now + _LONGEST_PAUSE, *due, *deadlines]) - now)

    def _place_calls(self, now: float) -> None:
        for peer, state in self._calls.items():
            if peer in self.met or state.under_way or state.due > now:
                continue
            state.attempts += 1
            try:
                sock = _dial(self._addresses[peer], state.attempts)
            except OSError as error:
                self._postpone(peer, error.strerror or str(error))
                continue
            state.under_way = True
            wire = Wire(sock)
            self._start(_Candidate(wire, call(self._setup, wire, peer), now + HANDSHAKE_SECONDS, peer,
                                   sock.fileno()))

    def _postpone(self, peer: int, problem: str) -> None:
        state = self._calls[peer]
        state.problem, state.under_way = problem, False
        state.due = time.monotonic() + state.pause
        state.pause = min(2 * state.pause, _SLOWEST_RETRY)

    def _accept(self) -> None:
        """Takes one caller; the oldest gives way when there are too many or no descriptor is left."""
        assert self._listener is not None
        try:
            sock, _ = self._listener.accept()
        except BlockingIOError:
            return
        except OSError:
            self._drop_oldest_caller()
            return
        if len(self._candidates) >= MOST_CANDIDATES:
            self._drop_oldest_caller()
        try:
            tune(sock)
        except OSError:
            sock.close()
            return
        wire = Wire(sock)
        self._start(_Candidate(wire, answer(self._setup, wire), time.monotonic() + HANDSHAKE_SECONDS, None,
                               sock.fileno()))

    def _drop_oldest_caller(self) -> None:
        """Makes room; one that has not even greeted goes first."""
        callers = [candidate for candidate in self._candidates.values() if candidate.peer is None]
        if callers:
            self._drop(min(callers, key=lambda candidate: (candidate.wire.greeted, candidate.deadline)))
        else:
            time.sleep(_RETRY)

    def _expire(self, now: float) -> None:
        for candidate in [c for c in self._candidates.values() if c.deadline <= now]:
            self._fail(candidate, "it does not answer")

    def _start(self, candidate: _Candidate) -> None:
        self._candidates[candidate.handle] = candidate
        self._selector.register(candidate.handle, selectors.EVENT_WRITE)
        self._advance(candidate)

    def _advance(self, candidate: _Candidate) -> None:
        """Goes on with one connection as far as it can."""
        try:
            events = next(candidate.steps)
        except StopIteration as stop:
            self._link(candidate, stop.value)
        except Refused as error:
            if candidate.peer is not None:
                raise
            self._problems[error.peer] = str(error)
            self._drop(candidate)
        except EOFError:
            self._fail(candidate, "the connection was closed")
        except (OSError, NotCloister) as error:
            self._fail(candidate, getattr(error, "strerror", None) or str(error))
        else:
            self._selector.modify(candidate.handle, events)

    def _fail(self, candidate: _Candidate, problem: str) -> None:
        self._drop(candidate)
        if candidate.peer is not None:
            self._postpone(candidate.peer, problem)

    def _drop(self, candidate: _Candidate) -> None:
        self._forget(candidate)
        candidate.steps.close()
        candidate.wire.link.close()

    def _forget(self, candidate: _Candidate) -> None:
        self._selector.unregister(candidate.handle)
        del self._candidates[candidate.handle]

    def _link(self, candidate: _Candidate, met: Met) -> None:
        """A link stands. An authentic peer that comes again has given its earlier link up."""
        self._forget(candidate)
        earlier = self.met.pop(met.peer, None)
        if earlier is not None:
            earlier.link.close()
        self.met[met.peer] = met


def _dial(address: Address, attempt: int) -> socket.socket:
    """A socket whose connection to `address` is under way. Raises OSError.

    A name may stand for several addresses (IPv6 and IPv4): attempts take them in turn.
    """
    found = socket.getaddrinfo(*address, type=socket.SOCK_STREAM)
    family, kind, protocol, _, target = found[(attempt - 1) % len(found)]
    sock = socket.socket(family, kind, protocol)
    try:
        tune(sock)
        with contextlib.suppress(BlockingIOError):
            sock.connect(target)
    except OSError:
        sock.close()
        raise
    return sock
