"""Networks: what a round and a byte cost."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Network:
    """A network profile: `latency` in seconds one way, `bandwidth` in bytes per second that one party can
send."""

    name: str
    latency: float
    bandwidth: float

    @property
    def like(self) -> Network:
        """The named profile that programs are compiled for where this one is meant."""
        return self

    def seconds(self, rounds: int, nbytes: int) -> float:
        """The time of `rounds` exchanges in sequence in which the busiest party sends `nbytes` in all."""
        return rounds * self.latency + nbytes / self.bandwidth


LOCAL = Network("local", 0.0001, 1e9)
LAN = Network("lan", 0.0005, 125e6)
WAN = Network("wan", 0.04, 12.5e6)
MOBILE = Network("mobile", 0.05, 1.25e6)

#: The built-in profiles by name.
NETWORKS: dict[str, Network] = {network.name: network for network in (LOCAL, LAN, WAN, MOBILE)}
