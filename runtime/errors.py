"""What can go wrong while a program runs, and the exit code of each.

RuntimeFailure
├── DataError          1  a party's own data does not fit its declaration (shown to that party only)
├── AssumptionFailed   1  an `assume` of the program does not hold; nobody learns a result
├── ConfigError        2  cloister.toml or a key file is missing or malformed
├── Disagreement       3  the parties do not run the same thing; says what differs
└── PeerError          4  a peer or the network failed
"""

from __future__ import annotations


class RuntimeFailure(Exception):
    """Anything that ends a run. `exit_code` is the process's."""

    exit_code = 1


class DataError(RuntimeFailure):
    """The party's own data is wrong. The message may name file, row and value: it is for the owner only."""


class AssumptionFailed(RuntimeFailure):
    """The joint bit of all `assume`s was opened and says that one is violated."""


class ConfigError(RuntimeFailure):
    """Configuration, key or certificate files cannot be used."""

    exit_code = 2


class Disagreement(RuntimeFailure):
    """The parties differ in what they run, or one did not approve."""

    exit_code = 3


class PeerError(RuntimeFailure):
    """A peer did not come, left, is not who it should be, or sent what it should not."""

    exit_code = 4
