"""What the robots of many worlds measure of their links: `edge_exit.link.monitor`, vectorised.

The same estimator on the same samples, looked at once a control step: sending times of offloads and
of large probes, weighted quantile, a changed link that makes it start anew, messages overdue that
bound the goodput from above, minimum and jitter of small probes, loss of the last 10 s.
"""

from dataclasses import dataclass

import numpy as np

from edge_exit.link import goodput as real
from edge_exit.link.monitor import FEW_LOST, OVERDUE_FACTOR, OVERDUE_SLACK
from edge_exit.link.round_trip import WINDOW, jitter_after
from edge_exit.link.traffic import LOSS_WINDOW, PATIENCE
from edge_exit.simulation.chance import Alike

# Rings hold more than counts, as answers that are still on their way lie in them, too.
_RING = 2 * real.SAMPLES
_SENT = 16
_ROUND_TRIPS = 16
# Bins of fates: those of the window, and some ahead for answers that are still on their way.
_FATE_BIN = 0.2
_FATE_BINS = 90
# Threads and clocks add so much to a time that is measured, s.
CLOCK_NOISE = 0.0003


@dataclass(frozen=True, slots=True)
class Quality:
    """Fields of `LinkQuality` for all worlds, (B,); NaN where nothing is known."""

    connected: np.ndarray
    goodput_bps: np.ndarray
    goodput_age: np.ndarray
    rtt: np.ndarray
    jitter: np.ndarray
    loss: np.ndarray
    probe_bytes_per_s: np.ndarray


class LinkSenses:
    """Estimates of B links from what their robots sent; nothing else goes in.

    :param loss: share of the wire's frames that get lost, (B,). It decides alone which of the
        probes come back that follow an overdue message.
    """

    def __init__(self, count: int, random: Alike, loss: np.ndarray) -> None:
        self._random = random
        self._probe_lost = 1 - (1 - loss) ** 2
        self._rows = np.arange(count)
        self._bps = np.full((count, _RING), np.nan)
        self._weight = np.zeros((count, _RING))
        self._time = np.full((count, _RING), np.inf)
        self._added = np.zeros(count, np.int64)
        self._since = np.full(count, -np.inf)
        self._known = np.full(count, np.nan)
        self._sent = np.full((count, _SENT), np.inf)
        self._answer = np.full((count, _SENT), -np.inf)
        self._bytes = np.zeros((count, _SENT))
        self._sends = np.zeros(count, np.int64)
        self._trips = np.full((count, 2 * _ROUND_TRIPS), np.inf)
        self._trip_times = np.full((count, 2 * _ROUND_TRIPS), np.inf)
        self._trip_jitters = np.full((count, 2 * _ROUND_TRIPS), np.nan)
        self._tripped = np.zeros(count, np.int64)
        self._jitter = np.full(count, np.nan)
        self._fates = np.zeros((2, count, _FATE_BINS))
        self._small_answer = np.full((count, _SENT), -np.inf)
        self._small_sent = np.full((count, _SENT), -np.inf)
        self._smalls = np.zeros(count, np.int64)
        self._clear = np.zeros((count, _SENT), bool)
        self._overtaken = np.zeros((count, _SENT), bool)

    def offload(self, which, wire_bytes, airtime, sent, answer, lost) -> None:
        """Take an offload: when it was sent, how long the link took for it, when its answer came.

        :param which: worlds that sent one, (B,) bool; the others (B,), s and bytes.
        :param answer: infinity if there never is one.
        :param lost: whether message or answer was lost.
        """
        rows = self._rows[which]
        place = self._sends[rows] % _SENT
        self._sent[rows, place], self._answer[rows, place] = sent[which], answer[which]
        self._bytes[rows, place] = wire_bytes[which]
        self._clear[rows, place] = (airtime > real.CLEAR_TIME)[which]
        self._overtaken[rows, place] = self._is_overtaken(lost, sent)[which]
        self._sends[rows] += 1
        self._count_fate(which, np.where(lost, sent + PATIENCE, answer), lost)
        measured = self._measured(airtime)
        bps = 8 * wire_bytes / measured
        clear = (airtime > real.CLEAR_TIME) | ~(bps < real.CHANGE * self._known)
        self._add(which & np.isfinite(answer) & clear, bps, wire_bytes, answer)

    def _is_overtaken(self, lost: np.ndarray, sent: np.ndarray) -> np.ndarray:
        """Say which messages were lost while a probe that followed them, or the next, came back."""
        chance = self._random.random(len(lost))
        if not lost.any():  # so it is with most frames, and the loss of all worlds takes its time
            return lost
        probes = np.where(self._loss(float(sent.max())) < FEW_LOST, 1, 2)
        return lost & (chance >= self._probe_lost**probes)

    def large_probe(self, which, wire_bytes, airtime, answer, now) -> None:
        """Take a large probe that is sent now; arguments as of `offload`."""
        arrived = which & np.isfinite(answer)
        bps = 8 * wire_bytes / self._measured(airtime)
        self._add(arrived, bps, wire_bytes, answer)
        self._count_fate(which, np.where(arrived, answer, now + PATIENCE), which & ~arrived)

    def small_probe(self, which, round_trip, alone, answer, now) -> None:
        """Take a small probe that is sent now.

        :param round_trip: its time, s; infinity if lost.
        :param alone: whether nothing of ours was before it on the link.
        """
        heard = which & np.isfinite(answer)
        self._count_fate(which, np.where(heard, answer, now + PATIENCE), which & ~heard)
        rows = self._rows[heard]
        place = self._smalls[rows] % _SENT
        self._small_answer[rows, place] = answer[heard]
        self._small_sent[rows, place] = answer[heard] - round_trip[heard]
        self._smalls[rows] += 1
        trip = round_trip + CLOCK_NOISE * self._random.random(len(round_trip))
        self._note_trip(heard & alone, trip, answer)

    def _note_trip(self, which: np.ndarray, trip: np.ndarray, answer: np.ndarray) -> None:
        """Keep a round-trip time, and the jitter that will be known with it."""
        rows = self._rows[which]
        place = self._tripped[rows] % (2 * _ROUND_TRIPS)
        last = place - 1  # before the first there is infinity, which is no difference
        with np.errstate(invalid='ignore'):
            moved = np.abs(trip[which] - self._trips[rows, last])
        known = np.nan_to_num(self._trip_jitters[rows, last])
        jitter = np.where(np.isfinite(moved), jitter_after(known, moved), np.nan)
        self._trips[rows, place] = trip[which]
        self._trip_times[rows, place] = answer[which]
        self._trip_jitters[rows, place] = jitter
        self._tripped[rows] += 1

    def last_told(self, now: float) -> np.ndarray:
        """Give when the last offload that told the goodput was answered, s, (B,)."""
        told = np.isfinite(self._answer) & (self._answer <= now) & self._clear
        return np.where(told, self._answer, -np.inf).max(axis=1)

    def last_answer(self, now: float) -> np.ndarray:
        """Give when anything was answered last, s, (B,)."""
        offloads = np.where(self._answer <= now, self._answer, -np.inf).max(axis=1)
        smalls = np.where(self._small_answer <= now, self._small_answer, -np.inf).max(axis=1)
        return np.maximum(offloads, smalls)

    def quality(self, now: float, connected: np.ndarray, probing: np.ndarray) -> Quality:
        """Give what is known at a time; answers that come later do not count."""
        order = np.argsort(np.where(self._time <= now, self._time, -np.inf), axis=1)
        order = order[:, -real.SAMPLES :]
        time = np.take_along_axis(self._time, order, axis=1)
        bps = np.take_along_axis(self._bps, order, axis=1)
        weight = np.take_along_axis(self._weight, order, axis=1)
        self._forget_old_links(time, bps, now)
        ranks = np.arange(real.SAMPLES - 1, -1, -1)
        counts = (time <= now) & (time >= self._since[:, np.newaxis])
        counts &= (now - time <= real.WINDOW) | (ranks < 3)
        self._known = _quantile(bps, np.where(counts, weight, 0.0), counts.sum(axis=1))
        newest = np.where(counts, time, -np.inf).max(axis=1)
        rtt = self._round_trip(now)
        bound = self._bound(now, rtt)
        age = np.where(bound < self._known, 0.0, now - newest)
        return Quality(
            connected=connected,
            goodput_bps=np.fmin(self._known, np.where(np.isnan(self._known), np.nan, bound)),
            goodput_age=np.where(np.isfinite(age), age, np.nan),
            rtt=rtt,
            jitter=self._jitter,
            loss=self._loss(now),
            probe_bytes_per_s=probing,
        )

    def _round_trip(self, now: float) -> np.ndarray:
        """Give the least time of the window, or the last one; bring the jitter up to date."""
        order = np.argsort(np.where(self._trip_times <= now, -self._trip_times, np.inf), axis=1)
        order = order[:, :_ROUND_TRIPS]
        times = np.take_along_axis(self._trip_times, order, axis=1)
        known = times <= now
        trips = np.where(known, np.take_along_axis(self._trips, order, axis=1), np.nan)
        newest = self._trip_jitters[self._rows, order[:, 0]]
        self._jitter = np.where(known[:, 0], newest, np.nan)
        recent = known & (now - times <= WINDOW)
        recent[:, 0] = known[:, 0]
        least = np.where(recent, trips, np.inf).min(axis=1)
        return np.where(known[:, 0], least, np.nan)

    def _measured(self, airtime: np.ndarray) -> np.ndarray:
        """Give a sending time as it is measured: round trips before and after it differ."""
        spread = CLOCK_NOISE + np.where(np.isnan(self._jitter), 0.0, self._jitter)
        noisy = airtime + spread * self._random.standard_normal(len(airtime))
        return np.maximum(noisy, np.maximum(real.LEAST_TIME, spread))

    def _add(self, which, bps, wire_bytes, time) -> None:
        rows = self._rows[which]
        place = self._added[rows] % _RING
        self._bps[rows, place] = bps[which]
        self._weight[rows, place] = (8 * wire_bytes[which]) ** 2
        self._time[rows, place] = time[which]
        self._added[rows] += 1

    def _forget_old_links(self, time: np.ndarray, bps: np.ndarray, now: float) -> None:
        """Start anew where the newest two samples are on one side, far from the rest."""
        valid = (time <= now) & (time >= self._since[:, np.newaxis])
        rest = np.where(valid, np.log(np.maximum(bps, 1.0)), np.nan)[:, :-2]
        count = (~np.isnan(rest)).sum(axis=1)
        middle = _median(rest, count)
        scatter = real.SCATTER * _median(np.abs(rest - middle[:, np.newaxis]), count)
        far = np.minimum(np.maximum(np.log(real.CHANGE), scatter), np.log(real.SURE_CHANGE))
        moved = np.log(np.maximum(bps[:, -2:], 1.0)) - middle[:, np.newaxis]
        changed = valid[:, -2] & (count > 0)
        changed &= (moved.min(axis=1) > far) | (moved.max(axis=1) < -far)
        self._since = np.where(changed, time[:, -2], self._since)

    def _bound(self, now: float, rtt: np.ndarray) -> np.ndarray:
        """Give the most that the link can carry, from messages that should have been answered."""
        base = np.where(np.isfinite(rtt), rtt, 0.0)[:, np.newaxis]
        slack = OVERDUE_SLACK + np.where(np.isnan(self._jitter), 0.0, 4 * self._jitter)
        waiting = (self._sent <= now) & (self._answer > now) & (now - self._sent < 5.0)
        # A link keeps the order: what was sent before something answered is through, or lost.
        waiting &= (self._sent > self._reached(now)[:, np.newaxis]) & ~self._overtaken
        expected = base + 8 * self._bytes / np.maximum(self._known, 1e3)[:, np.newaxis]
        late = now - self._sent > OVERDUE_FACTOR * expected + 2 * slack[:, np.newaxis]
        # A small probe follows an overdue message, and must be late as well.
        overdue = waiting & (late & (now - self._sent > 4 * base + 0.03))
        first = np.where(overdue, self._sent, np.inf).min(axis=1)
        waited = np.maximum(now - first - base[:, 0], 1e-3)
        bits = 8 * np.where(overdue, self._bytes, 0.0).sum(axis=1)
        return np.where(overdue.any(axis=1), bits / waited, np.inf)

    def _reached(self, now: float) -> np.ndarray:
        """Give when the newest message that is answered was sent, s, (B,)."""
        known = (self._answer <= now) & (self._sent <= now)
        offloads = np.where(known, self._sent, -np.inf).max(axis=1)
        smalls = np.where(self._small_answer <= now, self._small_sent, -np.inf).max(axis=1)
        return np.maximum(offloads, smalls)

    def _count_fate(self, which, when, lost) -> None:
        """Count a message in the bin of the time at which its fate is known."""
        rows = self._rows[which & np.isfinite(when)]
        place = (when[rows] / _FATE_BIN).astype(np.int64) % _FATE_BINS
        np.add.at(self._fates[0], (rows, place), lost[rows])
        np.add.at(self._fates[1], (rows, place), 1)

    def begin_step(self, now: float) -> None:
        """Empty the bin of fates that leaves the window."""
        gone = int((now - LOSS_WINDOW) / _FATE_BIN) - 2
        self._fates[:, :, np.arange(gone - 3, gone) % _FATE_BINS] = 0

    def _loss(self, now: float) -> np.ndarray:
        newest = int(now / _FATE_BIN)
        window = np.arange(newest - round(LOSS_WINDOW / _FATE_BIN), newest) % _FATE_BINS
        lost, all_of_them = self._fates[:, :, window].sum(axis=2)
        return np.where(all_of_them > 0, lost / np.maximum(all_of_them, 1), 0.0)


def _median(values: np.ndarray, count: np.ndarray) -> np.ndarray:
    """Give medians of rows of which `count` values are not NaN; NaN where there is none."""
    ordered = np.sort(values, axis=1)  # NaN last
    rows = np.arange(len(values))
    low, high = np.maximum(count - 1, 0) // 2, np.minimum(count // 2, values.shape[1] - 1)
    return (ordered[rows, low] + ordered[rows, high]) / 2


def _quantile(values: np.ndarray, weights: np.ndarray, count: np.ndarray) -> np.ndarray:
    """Give weighted quantiles as `Goodput` takes them; NaN where nothing counts."""
    order = np.argsort(values, axis=1)  # NaN last
    weights = np.take_along_axis(weights, order, axis=1)
    share = np.where(count >= real.MANY, real.QUANTILE, 0.5)
    sums = np.cumsum(weights, axis=1)
    place = (sums >= share[:, np.newaxis] * sums[:, -1:]).argmax(axis=1)
    found = np.take_along_axis(values, order, axis=1)[np.arange(len(values)), place]
    return np.where(count > 0, found, np.nan)
