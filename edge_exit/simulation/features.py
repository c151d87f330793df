"""What the learned policy looks at: each candidate's forecast, and what is known of the world.

Arrays have an axis of B worlds in front. The same lines make the robot's part of a policy's graph
(edge_exit/simulation/tracing.py): they use no more of numpy than is traced there, and no operation
that can be done without. Nothing here is learned.
"""

from dataclasses import replace

import numpy as np

from edge_exit.link.patience import overdue
from edge_exit.link.round_trip import mean_round_trip
from edge_exit.policy.energy import EnergyModel
from edge_exit.policy.learned_known import Known
from edge_exit.policy.preference import weight_scale
from edge_exit.policy.reward import References, reward
from edge_exit.simulation.chosen import Candidates

FEATURES = 17
GLOBALS = 18

# A frame that would never come back still gets a finite time, s.
_LONGEST = 10.0
# Times are predicted with this relative spread, and this one in s.
_RELATIVE, _LEAST = 0.12, 0.003
# Of a frame's time and of the camera's interval together: relative spread.
_VARY = 0.055
# Places in an interval that stand for all of it.
_ANY = (0.125, 0.375, 0.625, 0.875)
# Goodput, round-trip time, jitter, slowdown of robot and tail, latency budget, deadline: the
# network sees their logarithms, brought near to zero.
_LOWEST = np.array([[1e2, 1e-4, 1e-4, 1e-2, 1e-2, 1e-4, 1e-4]])
_HIGHEST = np.array([[1e11, 10.0, 1.0, 1e4, 1e4, 1e3, 1e3]])
_MIDDLE = np.log([[1e6, 1e-2, 1e-3, 8.0, 1.0, 0.1, 0.2]])
_SCALE = np.array([[0.4, 0.4, 0.4, 1.0, 1.0, 1.0, 1.0]])
# Age of the goodput, loss, rate, offloaded, fallback, time over deadline, weights, connected.
_UNITS = np.array([[1.0, 5.0, 1 / 15, 1.0, 3.0, 1.0, 1.0, 1.0, 1.0, 1.0, 1.0]])
_MOST = np.array([[5.0, 5.0, 4.0, 1.0, 3.0, 2.0, 4.0, 4.0, 4.0, 4.0, 1.0]])


def inputs(
    candidates: Candidates, known: Known, energy: EnergyModel
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Give what the network takes.

    :returns: of each candidate (B, A, FEATURES), of the world (B, GLOBALS), float32; and which
        candidates may be chosen, bool (B, A); working alone always may.
    """
    # What was measured may be anything; scores that are not finite are not followed.
    with np.errstate(all='ignore'):
        certain = _certain(known)
        shape = (len(known.head_slowdown), len(candidates))
        parts = _features(candidates, certain, energy)
        features = np.stack([np.broadcast_to(part, shape) for part in parts], axis=2)
        return features.astype(np.float32), _globals(certain), _allowed(candidates, known)


def forecast(
    candidates: Candidates, known: Known, energy: EnergyModel
) -> tuple[np.ndarray, np.ndarray]:
    """Give the first of the features alone, float32 (B, A), and which may be chosen."""
    with np.errstate(all='ignore'):
        worth, *_ = _features(candidates, _certain(known), energy)
        return worth.astype(np.float32), _allowed(candidates, known)


def _allowed(candidates: Candidates, known: Known) -> np.ndarray:
    measured = (known.connected > 0) & (known.goodput_bps > 0) & (known.rtt >= 0)
    return ~candidates.offload | (
        measured & (known.offload > 0) & (candidates.level >= known.finest)
    )


def _certain(known: Known) -> Known:
    """Put something in place of what is not known; bring the weights to a sum of four."""
    scale = weight_scale(known)
    return replace(
        known,
        goodput_bps=np.clip(_or(known.goodput_bps, 1e6), 1e2, 1e11),
        goodput_age=_or(known.goodput_age, 5.0),
        interval=np.where(known.interval > 0, np.minimum(known.interval, _LONGEST), _LONGEST),
        rtt=_or(known.rtt, 0.01),
        jitter=_or(known.jitter, 0.0),
        tail_slowdown=_or(known.tail_slowdown, 1.0),
        accuracy=known.accuracy * scale,
        latency=known.latency * scale,
        energy=known.energy * scale,
        bandwidth=known.bandwidth * scale,
    )


def _features(of: Candidates, known: Known, energy: EnergyModel) -> tuple[np.ndarray, ...]:
    """Give the features, each of a shape that broadcasts to (B, A)."""
    head, deadline, budget = known.head_slowdown, known.deadline, known.latency_budget
    times, begun = head * of.times + known.opening, head * of.sent_head + known.opening
    often, wait = _waits(of, times, begun, known.interval)
    # Frames that stay: (B, E) by exit, brought together by how many leave where.
    in_time = 1 - _beyond(times, deadline, 0.0)
    staying = np.matmul(np.minimum(times, deadline), of.left)
    right, late = _staying(of, known, times, in_time, often)
    # Frames that are sent, (B, A).
    transfer = 8 * of.wire_bytes / known.goodput_bps
    # As often as the camera gives one, or the robot is ready for one.
    busy = staying + of.sent * begun
    apart = np.maximum(known.interval, busy)
    load = of.sent * transfer / apart
    round_trip = mean_round_trip(known.rtt, known.jitter)
    listening = np.minimum(_wait(load, apart, transfer) + round_trip, _LONGEST)
    listening = listening + known.tail_slowdown * of.tail
    arrives = np.minimum(wait + begun + transfer + listening, 2 * _LONGEST)
    lost = 1 - (1 - known.loss) * (1 - _beyond(arrives, deadline, known.jitter))
    alone = np.matmul(in_time, of.whole)
    back = alone * of.back_right + (1 - alone) * np.matmul(in_time, of.spoken)
    # All of them.
    right = right + (1 - lost) * of.sent_right + lost * back
    rest = alone * head * of.rest
    end = (
        alone * np.minimum(overdue(arrives, known.jitter) + rest, deadline) + (1 - alone) * deadline
    )
    latency = staying + (1 - of.sent) * wait + of.sent * ((1 - lost) * arrives + lost * end)
    later = lost * _beyond(end, budget, known.jitter)
    late = late + of.sent * np.maximum(_beyond(arrives, budget, known.jitter), later)
    computing = busy + of.sent * (lost * rest)
    size = of.sent * of.wire_bytes
    joules = energy.of_frame(
        computing, size, known.goodput_bps, of.sent * np.minimum(listening, deadline)
    )
    whole = energy.of_frame(head * known.whole_time, 0.0, np.inf, 0.0)
    reference = References(np.maximum(whole, 1e-9), known.picture_bytes)
    worth = reward(
        known, reference, right=right, latency=latency, joules=joules, wire_bytes=size, late=late
    )
    return (
        np.maximum(worth - worth.max(axis=1, keepdims=True), -8.0),
        known.accuracy * (right - right.max(axis=1, keepdims=True)) * 10,
        known.latency * np.minimum(latency / budget, 8.0),
        known.latency * late,
        known.energy * np.minimum(joules / reference.joules, 8.0),
        known.bandwidth * size / reference.wire_bytes,
        np.log(arrives / deadline + 1e-3) * of.offload,
        np.log(arrives / budget + 1e-3) * of.offload,
        np.minimum(load, 3.0),
        np.minimum(busy / known.interval, 3.0),
        lost * of.offload,
        of.sent,
        of.offload,
        of.split / 3.0,
        np.minimum(of.exit_threshold, 1.2),
        np.arange(len(of)) == known.last,
        np.log(transfer + 1e-4) * (of.offload / 4),
    )


def _staying(
    of: Candidates, known: Known, times: np.ndarray, in_time: np.ndarray, often: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """Give the shares of frames that stay and are right, and of those that are late, (B, A) each.

    :param in_time: how probably each exit speaks before the deadline if nothing waits, (B, E).
    :param often: share of frames that wait before, (B, A); it is not known for how long.
    """
    right = np.matmul(in_time, of.gains)
    then = np.matmul(1 - _waited_beyond(times, known.interval, known.deadline), of.gains)
    late = np.matmul(_beyond(times, known.latency_budget, 0.0), of.left)
    later = np.matmul(_waited_beyond(times, known.interval, known.latency_budget), of.left)
    return right + often * (then - right), late + often * (later - late)


def _waited_beyond(times: np.ndarray, interval: np.ndarray, limit: np.ndarray) -> np.ndarray:
    """Give the probability that a time and a wait of anything up to an interval exceed a limit."""
    first, *others = (_beyond(times + part * interval, limit, 0.0) for part in _ANY)
    return sum(others, first) * (1 / len(_ANY))


def _globals(known: Known) -> np.ndarray:
    sizes = (
        known.goodput_bps, known.rtt, known.jitter, known.head_slowdown, known.tail_slowdown,
        known.latency_budget, known.deadline,
    )  # fmt: skip
    rest = (
        known.goodput_age, known.loss, known.rate, known.offloaded, known.fallback,
        known.total / known.deadline, known.accuracy, known.latency, known.energy, known.bandwidth,
        known.connected > 0,
    )  # fmt: skip
    logarithms = np.log(np.clip(np.concatenate(sizes, axis=1), _LOWEST, _HIGHEST))
    parts = (
        (logarithms - _MIDDLE) * _SCALE,
        np.minimum(np.concatenate(rest, axis=1) * _UNITS, _MOST),
    )
    return np.concatenate(parts, axis=1).astype(np.float32)


def _beyond(time: np.ndarray, limit: np.ndarray, jitter: np.ndarray | float) -> np.ndarray:
    """Give the probability that a predicted time is exceeded, by a logistic curve."""
    spread = _RELATIVE * time + (2 * jitter + _LEAST)
    return 0.5 + 0.5 * np.tanh((time - limit) / spread)


def _waits(
    of: Candidates, times: np.ndarray, begun: np.ndarray, interval: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """Give how often a frame waits for the robot to be done with those before, and its mean wait.

    The newest image waits. After a frame that keeps the robot for longer than an interval it has
    waited for anything from none to a whole one when it is taken; after a shorter frame, only for
    what is left of the wait that this one had itself. Where frames are hardly longer than an
    interval, it waits no longer than in a queue: as of `policy.queueing`, where slots are as long
    as what shorter frames leave of an interval.

    :returns: (B, A) each; share, s.
    """
    parts = zip(_kept_busy(times / interval), _kept_busy(begun / interval), strict=True)
    long, short, square, over, under, vary, ahead = (
        np.matmul(stay, of.left) + of.sent * sent for stay, sent in parts
    )
    often = np.minimum(long / np.maximum(1 - short, 0.01), 1.0)
    after = (long + often * square) / 2
    queue = (vary + over * under / np.maximum(1 - ahead, 0.01)) / 2
    queue = queue / np.maximum(under - over, 0.001)
    wait = np.minimum(after, queue)
    return often * wait / np.maximum(after, 1e-6), interval * wait


def _kept_busy(intervals: np.ndarray) -> tuple[np.ndarray, ...]:
    """Give of frames that keep the robot for so many intervals what `_waits` takes the means of.

    Whether they are long, the others' intervals and squares; what is over one and under it, the
    square of what is over, with what times vary by, and whether anything is. Close to one interval
    they are both, as times vary.
    """
    long = np.clip(10 * intervals - 9.5, 0.0, 1.0)
    short = intervals * (1 - long)
    over = np.maximum(intervals - 1, 0.0)
    vary = over * over + (_VARY * _VARY) * intervals * intervals
    under = np.maximum(1 - intervals, 0.0)
    ahead = np.minimum(1e3 * over, 1.0)
    return long, short, short * intervals, over, under, vary, ahead


def _wait(load: np.ndarray, apart: np.ndarray, transfer: np.ndarray) -> np.ndarray:
    """Give the wait of `policy.queueing` for frames so far apart; a finite one for any load."""
    waits = load * np.maximum(transfer - apart, 0.0)
    return np.where(load < 0.99, waits / np.maximum(2 - 2 * load, 0.02), _LONGEST)


def _or(values: np.ndarray, other: float) -> np.ndarray:
    return np.where(np.isfinite(values), values, other)
