"""What a robot knows about its link to a tail at one moment."""

import math
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class LinkQuality:
    """Measured quality of the link to one tail; NaN where nothing is known yet.

    :ivar connected: the tail's heartbeat is fresh and its model agrees.
    :ivar goodput_bps: what the link carries towards the tail, wire bits a second.
    :ivar goodput_age: age of the newest measurement in it, s.
    :ivar rtt: recent minimum round-trip time of a small message, s.
    :ivar jitter: mean deviation of that round-trip time, s.
    :ivar loss: share of recent messages without an answer in time, [0, 1].
    :ivar probe_bytes_per_s: what probing costs at present.
    """

    connected: bool = False
    goodput_bps: float = math.nan
    goodput_age: float = math.nan
    rtt: float = math.nan
    jitter: float = math.nan
    loss: float = 0.0
    probe_bytes_per_s: float = 0.0
