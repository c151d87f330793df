"""What the link goes through while the demo runs."""

from dataclasses import dataclass, field
from typing import Any

GOOD = {
    'rate_mbps': 5.0,
    'delay_ms': 2.0,
    'jitter_ms': 0.0,
    'loss': 0.0,
    'outage': False,
    # A deep queue would hold what was sent before a link became narrow for seconds.
    'queue_kb': 16,
}


@dataclass(frozen=True, slots=True)
class Phase:
    """A stretch of the demo with one kind of link.

    :ivar link: parameters of the link emulator, all of them: none is left from the phase before.
    """

    name: str
    link: dict[str, Any] = field(default_factory=dict)

    @property
    def rate_mbps(self) -> float:
        """Rate that the link is set to, Mbit/s; 0 while nothing gets through."""
        return 0.0 if self.link['outage'] else self.link['rate_mbps']


PHASES = (
    Phase('good link', GOOD),
    Phase('narrow link', GOOD | {'rate_mbps': 0.1, 'delay_ms': 10.0}),
    Phase('lossy link', GOOD | {'rate_mbps': 2.0, 'loss': 0.05, 'jitter_ms': 5.0}),
    Phase('outage', GOOD | {'outage': True}),
    Phase('recovery', GOOD),
)
