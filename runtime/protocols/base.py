"""What a protocol is: pure facts about it (`Protocol`) and one party's side of a run (`Backend`).

The messages of every primitive are declared by `Protocol.messages`, once. The executor allocates and bounds its
frames from that declaration and the estimator sums it, so that there is no second table of costs.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar, NamedTuple

import numpy as np
from numpy.typing import NDArray

from ..preprocess.kinds import Need
from ..preprocess.material import Material
from ..program import Instr, ValueType

Words = NDArray[np.uint64]

#: A share is opaque to everybody but its protocol. A public value is a plain array of ring words.
Share = Any


class Message(NamedTuple):
    """`nbytes` from computing party `src` to `dst` in the round of the instruction."""

    src: int
    dst: int
    nbytes: int


@dataclass(frozen=True)
class Security:
    """What a protocol withstands: `corrupted` parties of `parties`, and how they behave."""

    parties: int
    corrupted: int
    malicious: bool


class Protocol(ABC):
    """The pure side: nothing here knows a share or a network."""

    name: ClassVar[str]
    #: Arrays that a party holds for each shared value.
    copies: ClassVar[int] = 1
    #: Whether a product costs less where a party knows a factor in the clear (attributes `known`, `bit` and `at`).
    one_sided: ClassVar[bool] = False

    def __init__(self, parties: int) -> None:
        self.parties = parties

    @property
    @abstractmethod
    def security(self) -> Security:
        """The model; stated to the parties in the disclosure statement."""

    @property
    @abstractmethod
    def parts(self) -> int:
        """In how many pieces a secret is held (see `instructions.TAKES`)."""

    @property
    @abstractmethod
    def passes(self) -> int:
        """How many passes move rows along a secret order (see `instructions`, `permute`)."""

    @abstractmethod
    def messages(self, instr: Instr, args: Sequence[ValueType], outs: Sequence[ValueType],
                 owners: Mapping[str, int]) -> tuple[Message, ...]:
        """The messages of one instruction, from its types alone; empty for a local one.

        `owners` gives the computing position that enters each input.
        """

    def needs(self, instr: Instr, args: Sequence[ValueType], outs: Sequence[ValueType]) -> tuple[Need, ...]:
        """The correlated randomness that one instruction consumes, from its types alone; here none."""
        return ()

    @abstractmethod
    def backend(self, me: int, keys: Mapping[int, bytes], owners: Mapping[str, int],
                material: Material | None = None) -> Backend:
        """One party's side. `keys[peer]` is the 32-byte key shared with that peer, agreed in the handshake.

        `owners` as in `messages`: every party must know whose input it is, to draw the same randomness.
        `material` is what the preprocessing made for this run, where `needs` says that there is any.
        """


class Outgoing(ABC):
    """Where an instruction writes what it sends: buffers of exactly the declared lengths, 8-byte aligned."""

    @abstractmethod
    def to(self, peer: int) -> NDArray[np.uint8]:
        """The buffer for `peer`. It stays valid after the round, so a share may go on living in it."""

    @abstractmethod
    def ready(self, peer: int, filled: int) -> None:
        """The first `filled` bytes of it are final. Optional: lets sending overlap with computing."""


class Incoming(ABC):
    """What the peers sent for an instruction."""

    @abstractmethod
    def of(self, peer: int) -> NDArray[np.uint8]:
        """The bytes from `peer`: exactly the declared length, 8-byte aligned, owned by the caller from now on."""


class Backend(ABC):
    """One party's side of a run."""

    @abstractmethod
    def local(self, instr: Instr, args: Sequence[Share], args_t: Sequence[ValueType],
              outs_t: Sequence[ValueType]) -> tuple[Share, ...]:
        """Runs an instruction that sends nothing."""

    @abstractmethod
    def prepare(self, instr: Instr, args: Sequence[Share], args_t: Sequence[ValueType],
                outs_t: Sequence[ValueType], given: Mapping[str, Any], out: Outgoing) -> Any:
        """Local work of an exchange up to sending; what it returns is handed to `finish`.

        `given` holds this party's own inputs by name: arrays of scaled integers (int64, or object when wider).
        """

    @abstractmethod
    def finish(self, instr: Instr, args: Sequence[Share], args_t: Sequence[ValueType],
               outs_t: Sequence[ValueType], state: Any, incoming: Incoming) -> tuple[Share, ...]:
        """Makes the results of an exchange from what was prepared and what came.

        The result of `reveal` is None for a party that does not learn it.
        """

    @abstractmethod
    def fits(self, value: Share, of: ValueType) -> bool:
        """Whether a value is held as its type says; for the executor's assertion mode."""

    @abstractmethod
    def position(self) -> dict[str, int]:
        """Positions in the random streams: part of the state of a run."""
