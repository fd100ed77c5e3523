"""The facts of the reference protocol: it protects nothing."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from typing import ClassVar

from ...preprocess.material import Material
from ...program import Instr, ValueType
from ..base import Backend, Message, Protocol, Security
from .backend import ReferenceBackend


class Reference(Protocol):
    """Runs a program in the clear: all parties in one process, which sees everything. **Not secure.**

    A value is held in `parts` random pieces all the same, so that circuits made for real protocols run
    unchanged and meet every case of carries and wraps. Any number of parties; nothing is ever sent.
    """

    name: ClassVar[str] = "reference"

    def __init__(self, parties: int, parts: int = 2) -> None:
        if parties < 1 or parts < 1:
            raise ValueError("reference needs at least one party and one part")
        super().__init__(parties)
        self._parts = parts

    @property
    def security(self) -> Security:
        return Security(parties=self.parties, corrupted=0, malicious=False)

    @property
    def parts(self) -> int:
        return self._parts

    @property
    def passes(self) -> int:
        return 1

    def messages(self, instr: Instr, args: Sequence[ValueType], outs: Sequence[ValueType],
                 owners: Mapping[str, int]) -> tuple[Message, ...]:
        return ()

    def backend(self, me: int, keys: Mapping[int, bytes], owners: Mapping[str, int],
                material: Material | None = None) -> Backend:
        """The one side there is. `keys[me]`, where given, makes the pieces repeatable."""
        return ReferenceBackend(keys.get(me) or os.urandom(32), self._parts)
