"""Link quality from what is sent anyway and from probes, on the robot's clock alone.

Times are passed in; any steady clock will do. The tail reports how long it held a message, so no
clock of another machine is needed.
"""

import math
from collections import deque
from collections.abc import Hashable, Iterable

from edge_exit.link.goodput import Goodput
from edge_exit.link.probing import SMALL, ProbePlan
from edge_exit.link.quality import LinkQuality
from edge_exit.link.round_trip import RoundTrip
from edge_exit.link.traffic import PATIENCE, Message, Traffic

FIRST_GUESS_OF_SMALL = 220
# A message is overdue when it takes this much longer than expected.
OVERDUE_FACTOR = 2.0
OVERDUE_SLACK = 0.005
SURE_DROP = 4.0
# Where more is lost than this share, one late probe more is needed to tell a drop from a loss.
FEW_LOST = 0.03
# Messages that were sent one behind the other arrive so close to each other, s, but for chance.
APART = 0.001


class LinkMonitor:
    """Measures the link from a robot to one tail.

    A message that stays without an answer bounds the goodput from above while it waits: that is how
    a drop is seen before the first late answer. One such message may be lost, so it takes a probe
    sent after it that is late as well.
    """

    def __init__(self) -> None:
        self._traffic = Traffic(self._sending_time)
        self._goodput = Goodput()
        self._round_trip = RoundTrip()
        self._plan = ProbePlan()
        # Echoed small probes, and when the link had carried them.
        self._unsettled: deque[tuple[Message, float]] = deque(maxlen=8)
        self._small = FIRST_GUESS_OF_SMALL
        self._last_answer = -math.inf
        self._offload_sample = -math.inf
        self._hold = 0.0

    def sent(self, key: Hashable, wire_bytes: int, now: float, *, probe: bool = False) -> None:
        """Take note of a message to the tail, just before it is sent.

        :param key: names it; unique among the messages that wait.
        :param wire_bytes: what it costs on the wire (`edge_exit.link.wire`).
        :param probe: an echo is expected at once, in the order of sending.
        """
        self._forget(now)
        self._traffic.send(key, wire_bytes, now, probe=probe)
        if probe:
            self._plan.sent(wire_bytes, now)
            self._small = min(self._small, wire_bytes)

    def answered(self, key: Hashable, hold: float, now: float) -> None:
        """Take note of the answer to a message; an unknown key is ignored.

        :param hold: time from the arrival at the tail to the answer, on the tail's clock, s.
        """
        if key not in self._traffic:
            return
        drop = self._goodput.bps / SURE_DROP
        announced = self._bound(now) < drop
        message = self._traffic.take(key, now)
        hold = min(max(hold, 0.0), now - message.sent) if math.isfinite(hold) else 0.0
        self._last_answer = now
        if message.probe:
            self._note_lost(self._traffic.overtaken_probes(message, now))
            if self._is_large(message):
                self._plan.arrived()
        else:
            self._hold += (hold - self._hold) / 4
        self._measure(message, now - hold, now)
        self._traffic.carried(message, now - hold)
        self._settle(now)
        if self._goodput.newest == now:
            self._judge_newest(drop if announced else 0.0, now)

    def _judge_newest(self, announced_below: float, now: float) -> None:
        """Believe a sample at once that late messages announced, ask for more on another."""
        if self._goodput.newest_bps < announced_below:
            self._goodput.start_anew(1)
        elif self._goodput.doubtful:
            self._plan.doubt(now)

    @property
    def is_quiet(self) -> bool:
        """Whether nothing is on its way and the goodput is known, so that a probe can wait."""
        return self._traffic.newest is None and not math.isnan(self._goodput.bps)

    def probe_plan(self, now: float) -> int | None:
        """Give the wire bytes of the probe to send now (0: as small as can be), None for none."""
        self._forget(now)
        overdue = self._overdue(now)
        if now - self._last_answer > PATIENCE:
            return self._plan.silent(now)
        if overdue:
            return SMALL if self._traffic.newest is overdue[-1] and len(overdue) < 4 else None
        if self._traffic.probing:
            return None
        return self._plan.next(
            now,
            goodput_bps=self._goodput.bps,
            bucket=self._goodput.bucket,
            small=self._small,
            idle=now - self._offload_sample > PATIENCE and not self._traffic.is_busy(now),
        )

    def quality(self, now: float, *, connected: bool = True) -> LinkQuality:
        """Give what is known now.

        :param connected: what the tail's heartbeat says, passed on.
        """
        self._forget(now)
        bound = self._bound(now)
        bps = self._goodput.bps
        age = 0.0 if bound < bps else now - self._goodput.newest
        return LinkQuality(
            connected=connected,
            goodput_bps=min(bps, bound) if not math.isnan(bps) else math.nan,
            goodput_age=age,
            rtt=self._round_trip.minimum,
            jitter=self._round_trip.jitter,
            loss=self._traffic.loss(now),
            probe_bytes_per_s=self._plan.bytes_per_s(now),
        )

    def _measure(self, message: Message, done: float, now: float) -> None:
        """Learn from a message whose answer would have come at `done` if nobody had held it."""
        if not self._is_large(message):
            if message.probe:
                self._unsettled.append((message, done))
            return
        base = self._round_trip.typical
        longer = done - message.sent - base
        if math.isnan(base):
            return
        if longer < -OVERDUE_SLACK:
            # Even a small one cannot take as long as was believed.
            self._round_trip.add(done - message.sent, now)
            self._plan.doubt(now)
            return
        before = self._traffic.before(message)
        if before <= message.sent + base and self._traffic.is_settled(message):
            add = self._goodput.add_sized if message.probe else self._goodput.add_single
            add(message.wire_bytes - self._small, longer, now)
        elif before > message.sent + base and not self._traffic.older_waits(message):
            self._goodput.add_queued(message.wire_bytes, done - before, now)
        else:
            return
        self._note_offload(message, now)

    def _settle(self, now: float) -> None:
        """Learn from echoed small probes, once all that was on the link before them is known."""
        settled = [pair for pair in self._unsettled if self._traffic.is_settled(pair[0])]
        for probe, done in settled:
            self._unsettled.remove((probe, done))
            if self._met_empty_link(probe, done):
                if self._round_trip.is_late(done - probe.sent):
                    self._plan.hurry(now)
                self._round_trip.add(done - probe.sent, now)
                self._goodput.noise = self._round_trip.spread

    def _met_empty_link(self, probe: Message, done: float) -> bool:
        """Say whether a small probe waited for nothing.

        The link may have become longer since it was last known to be empty. Then messages seem to
        wait for those before them, but this one does not come as far behind them as its few bytes
        would.
        """
        typical = self._round_trip.typical
        if math.isnan(typical):
            # It may have waited; what is too large goes with the first smaller one.
            return True
        before, behind = self._traffic.before(probe), self._sending_time(probe.wire_bytes)
        slack = APART + 3 * self._round_trip.spread
        apart = done - before
        as_queued = behind / 2 - slack < apart < 2 * behind + slack
        return before <= probe.sent + typical or not as_queued

    def _note_offload(self, message: Message, now: float) -> None:
        # Those that gave no value, or short ones, say too little to do without probes.
        gave_value = not message.probe and self._goodput.newest == now
        if gave_value and self._sending_time(message.wire_bytes) > self._goodput.clear_time:
            self._offload_sample = now

    def _forget(self, now: float) -> None:
        self._note_lost(self._traffic.forgotten(self._expected, now))

    def _note_lost(self, lost: Iterable[Message]) -> None:
        for message in lost:
            if message.probe and self._is_large(message):
                self._plan.lost()

    def _is_large(self, message: Message) -> bool:
        return message.wire_bytes > 1.5 * self._small

    def _sending_time(self, wire_bytes: int) -> float:
        bps = self._goodput.bps
        return 0.0 if math.isnan(bps) else 8 * wire_bytes / bps

    def _expected(self, message: Message) -> float:
        """Give the time from the begin of its sending to its answer."""
        base = self._round_trip.typical
        hold = 0.0 if message.probe else 2 * self._hold
        return (0.0 if math.isnan(base) else base) + hold + self._sending_time(message.wire_bytes)

    def _overdue(self, now: float) -> list[Message]:
        """Give the messages on the link that should have been answered, in the order of sending."""
        jitter = self._round_trip.jitter
        slack = OVERDUE_SLACK + (0.0 if math.isnan(jitter) else 4 * jitter)
        return [
            message
            for message in self._traffic.on_link()
            if now - message.begins > OVERDUE_FACTOR * self._expected(message) + slack
        ]

    def _bound(self, now: float) -> float:
        """Give the most that the link can carry, from messages that should have been answered."""
        overdue = self._overdue(now)
        needed = 2 if self._traffic.loss(now) < FEW_LOST else 3
        if len(overdue) < needed or not overdue[-1].probe:
            return math.inf
        base = self._round_trip.minimum
        first = overdue[0]
        waited = now - first.sent - (0.0 if math.isnan(base) else base)
        return 8 * sum(m.wire_bytes for m in overdue) / max(waited, 1e-3)
