"""Probes and heartbeats of many robots: what they cost the links, and what they tell.

Sizes and periods are those of `edge_exit.link.probing`; sent once a control step at most.
"""

import numpy as np

from edge_exit.link import probing
from edge_exit.link.heartbeat import MISSED_AFTER
from edge_exit.link.monitor import FIRST_GUESS_OF_SMALL
from edge_exit.link.traffic import PATIENCE
from edge_exit.simulation.capacity import Capacity
from edge_exit.simulation.chance import Alike
from edge_exit.simulation.flow import Flow
from edge_exit.simulation.senses import LinkSenses, Quality
from edge_exit.simulation.worlds import Worlds

# Heartbeat of a tail: period, s, and wire bytes.
BEAT_PERIOD = 0.2
BEAT_BYTES = 300
# A link that is free again so soon is free, s.
_CLEAR = 0.001
# Relative spread of the times that a tail reports.
_TAIL_SPREAD = 0.03


class Probes:
    """What is sent beside frames, in B worlds."""

    def __init__(
        self,
        links: Capacity,
        worlds: Worlds,
        flow: Flow,
        senses: LinkSenses,
        random: Alike,
    ) -> None:
        count = len(worlds)
        self._links, self._worlds, self._flow = links, worlds, flow
        self._senses, self._random = senses, random
        self._next_small = random.random(count) * probing.SMALL_PERIOD
        self._next_large = self._next_small + 0.05
        self._allowed = np.full(count, float(probing.LEAST_LARGE))
        self._judged = self._allowed.copy()
        self._judged_at = np.full(count, -np.inf)
        self._larger = np.zeros(count, bool)
        self._beat = np.full(count, -np.inf)
        self._reported = np.full(count, np.nan)
        self._spent = np.zeros(count)

    def alive(self, now: float) -> np.ndarray:
        """Say whether the tail's heartbeat is fresh, (B,)."""
        return now - self._beat <= MISSED_AFTER * BEAT_PERIOD

    def tail_slowdown(self) -> np.ndarray:
        """Give how slow the tail's last heartbeat says that it is, (B,); NaN before the first."""
        return self._reported

    def bytes_per_s(self) -> np.ndarray:
        """Give what probing cost of late, (B,)."""
        return self._spent

    def step(self, now: float, end: float, link: Quality) -> None:
        """Send what is due in a step, by what is known at its begin."""
        self._hear_beat(now, end)
        judged = now >= self._judged_at
        self._allowed = np.where(judged, self._judged, self._allowed)
        silent = now - self._senses.last_answer(now) > PATIENCE
        period = np.where(silent, probing.SILENT_PERIOD, probing.SMALL_PERIOD)
        # A small probe waits until the link is free, unless nothing is answered at all.
        free = np.maximum(self._links.when(self._flow.link_bits), now)
        small = (self._next_small < end) & (silent | (free < end))
        again = np.maximum(self._next_small, now) + period
        self._next_small = np.where(small, again, self._next_small)
        size = np.full(len(small), float(FIRST_GUESS_OF_SMALL))
        self._send(small, size, np.where(silent, now, free), now, is_large=False)
        large = judged & ~silent & (now - self._senses.last_told(now) > PATIENCE)
        large &= (self._next_large < end) & (free <= now + _CLEAR)
        size, period = self._large(link)
        self._next_large = np.where(large, now + period, self._next_large)
        self._send(large, size, np.full(len(large), now), now, is_large=True)
        spent = (FIRST_GUESS_OF_SMALL * small + size * large) / (end - now)
        self._spent += (spent - self._spent) * min(1.0, (end - now) / 5.0)

    def _large(self, link: Quality) -> tuple[np.ndarray, np.ndarray]:
        """Give wire bytes of the next large probe, and the time to the one after it, s."""
        known = ~np.isnan(link.goodput_bps)
        spend = np.where(known, link.goodput_bps * probing.SHARE / 8, probing.LEAST_BYTES_PER_S)
        spend = np.maximum(spend, probing.LEAST_BYTES_PER_S) - FIRST_GUESS_OF_SMALL
        wanted = np.clip(spend * probing.LARGE_PERIOD, probing.LEAST_LARGE, probing.MOST_LARGE)
        size = np.minimum(wanted, self._allowed)
        period = np.where(known, size / spend, probing.LARGE_PERIOD)
        return size * np.where(self._larger, 2 / 3, 4 / 3), np.maximum(period, probing.LARGE_PERIOD)

    def _send(
        self, which: np.ndarray, size: np.ndarray, at: np.ndarray, now: float, *, is_large: bool
    ) -> None:
        """Send probes at their times; they wait in the queue as frames do, and load the link."""
        if not which.any():
            return
        flow, links, worlds = self._flow, self._links, self._worlds
        at = np.where(which, at, now)
        carried = links.carried(at)
        alone = flow.link_bits <= carried + 1.0
        bits = np.maximum(flow.link_bits, carried) + 8 * size
        through = links.when(bits)
        flow.link_bits = np.where(which, bits, flow.link_bits)
        chance = self._random.random(len(which))
        lost = which & (chance > (1 - worlds.loss) ** (2 + size // 1460))
        known = np.where(np.isfinite(through), through, 0.0)
        both = self._random.exponential(len(which)) + self._random.exponential(len(which))
        jitter = worlds.jitter * both
        back = through + links.rtt(known) + jitter
        answer = np.where(lost | (back - at > 5 * PATIENCE), np.inf, back)
        if not is_large:
            self._senses.small_probe(which, answer - at, alone, answer, now)
            return
        self._larger ^= which
        self._senses.large_probe(which, size, through - at, answer, now)
        came = np.isfinite(answer)
        next_allowed = np.where(came, probing.GROWTH * self._allowed, self._allowed / 2)
        next_allowed = np.clip(next_allowed, probing.LEAST_LARGE, probing.MOST_LARGE)
        self._judged = np.where(which, next_allowed, self._judged)
        self._judged_at = np.where(which, np.where(came, answer, now + PATIENCE), self._judged_at)

    def _hear_beat(self, now: float, end: float) -> None:
        """Hear a beat if the link carried one in this step; it says how fast the tail is."""
        here, there = np.full(len(self._beat), now), np.full(len(self._beat), end)
        carried = self._links.carried(there) - self._links.carried(here)
        heard = (carried >= 8 * BEAT_BYTES) & (self._random.random(len(here)) >= self._worlds.loss)
        self._beat = np.where(heard, end, self._beat)
        self._reported = np.where(heard, self._worlds.tail_slowdown * self._noise(), self._reported)

    def _noise(self) -> np.ndarray:
        return np.exp(_TAIL_SPREAD * self._random.standard_normal(len(self._worlds)))
