"""Results of the last frames of every world, as far as they have left the head."""

from dataclasses import dataclass

import numpy as np

from edge_exit.inference.outcome import Outcome
from edge_exit.policy.ended import Ended
from edge_exit.policy.interval import FEWEST, camera_interval
from edge_exit.policy.slowness import slowness
from edge_exit.policy.statistics import RECENT
from edge_exit.simulation.costs import Costs

# Results whose time has not come yet are kept beside those that count.
_KEPT = 2 * RECENT
_FIELDS = (
    'at', 'outcome', 'exit', 'split', 'margin', 'total', 'head', 'wire_bytes', 'queue', 'score',
)  # fmt: skip
_WHOLE = ('outcome', 'exit', 'split', 'wire_bytes')


@dataclass(frozen=True, slots=True)
class Summary:
    """What `policy.statistics.Statistics` says, for all worlds at once; arrays (B,) or (B, E)."""

    frames: np.ndarray
    rate: np.ndarray
    interval: np.ndarray
    exited: np.ndarray
    offloaded: np.ndarray
    fallback: np.ndarray
    margin: np.ndarray
    total: np.ndarray
    wire_bytes: np.ndarray
    exits: np.ndarray
    head_slowdown: np.ndarray


class History:
    """A ring of results for each of B worlds.

    :param costs: times by the profile.
    :ivar noted: results noted in each world so far.
    """

    def __init__(self, count: int, costs: Costs) -> None:
        self._until, self._counted = costs.until, costs.overhead - costs.around
        self._sending = np.median(costs.sending, axis=1)
        self._rows = np.arange(count)
        self._rings = {name: np.zeros((count, _KEPT)) for name in _FIELDS}
        self._rings['at'][:] = np.inf
        self.noted = np.zeros(count, np.int64)

    def note(self, which: np.ndarray, **values: np.ndarray) -> None:
        """Note one result in each of the worlds `which`, (B,) bool; they leave in this order."""
        rows = self._rows[which]
        place = self.noted[rows] % _KEPT
        for name in _FIELDS:
            self._rings[name][rows, place] = values[name][which]
        self.noted[rows] += 1

    def released(self, world: int, since: int, now: float) -> list[Ended]:
        """List the results of a world that have left by now, from number `since` on."""
        found = []
        for number in range(max(since, int(self.noted[world]) - _KEPT), int(self.noted[world])):
            one = {name: ring.item(world, number % _KEPT) for name, ring in self._rings.items()}
            if one['at'] > now:
                break
            for name in _WHOLE:
                one[name] = int(one[name])
            found.append(Ended(**one))
        return found

    def summary(self, now: float) -> Summary:
        """Sum up the newest RECENT results that have left."""
        ring = self._rings
        seen = self._newest(now)
        count = seen.sum(axis=1)
        share = 1 / np.maximum(count, 1)

        def mean(name: str) -> np.ndarray:
            return np.where(seen, ring[name], 0.0).sum(axis=1) * share

        def part(outcome: Outcome) -> np.ndarray:
            return (seen & (ring['outcome'] == outcome)).sum(axis=1) * share

        finished = seen & (ring['outcome'] != Outcome.FALLBACK)
        exits = [(finished & (ring['exit'] == e)).sum(axis=1) for e in range(len(self._until) - 1)]
        past = now - np.where(seen, ring['at'], np.inf).min(axis=1)
        known = (count >= FEWEST) & (past > 0)
        return Summary(
            frames=count,
            rate=np.where(known, (count - 1) / np.where(known, past, 1.0), 0.0),
            interval=camera_interval(ring['at'] - ring['total'], seen),
            exited=part(Outcome.EXITED),
            offloaded=part(Outcome.OFFLOADED),
            fallback=part(Outcome.FALLBACK),
            margin=mean('margin'),
            total=mean('total'),
            wire_bytes=mean('wire_bytes'),
            exits=np.stack(exits, axis=1) * share[:, np.newaxis],
            head_slowdown=self._slowdown(now),
        )

    def _newest(self, now: float) -> np.ndarray:
        """Say which places hold one of the newest RECENT results that have left."""
        number = self._numbers()
        left = (number >= 0) & (self._rings['at'] <= now)
        newest = np.where(left, number, -1).max(axis=1, keepdims=True)
        return left & (number > newest - RECENT)

    def _numbers(self) -> np.ndarray:
        """Give the number of the result at each place; below 0 where there is none."""
        last = self.noted[:, np.newaxis] - 1
        return last - (last - np.arange(_KEPT)) % _KEPT

    def _slowdown(self, now: float) -> np.ndarray:
        """Give the slowdown as policy/statistics.py does, of the newest RECENT that tell it."""
        ring = self._rings
        fell_back = ring['outcome'] == Outcome.FALLBACK
        ran = np.where(ring['outcome'] == Outcome.EXITED, ring['exit'] + 1, ring['split'])
        ran = np.where(fell_back, ring['exit'] + 2, ran).astype(np.int64)
        computing = self._until[np.clip(ran, 0, len(self._until) - 1)]
        number = self._numbers()
        tells = (number >= 0) & (ring['at'] <= now) & (computing > 0) & (ring['head'] > 0)
        order = np.argsort(np.where(tells, -number, 1), axis=1, kind='stable')[:, :RECENT]
        split = np.clip(ran, 0, len(self._sending) - 1)
        sending = np.where(ring['outcome'] == Outcome.OFFLOADED, self._sending[split], 0.0)
        expected = self._counted + computing + sending
        ratio = ring['head'] / np.where(tells, expected, 1.0)
        ratio, tells, at_least = (
            np.take_along_axis(values, order, axis=1) for values in (ratio, tells, fell_back)
        )
        return slowness(ratio, ~at_least, tells)
