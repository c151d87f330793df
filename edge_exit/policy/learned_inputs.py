"""What the learned policy looks at: each candidate's forecast, and what is known of the world.

Written once for one robot and for many simulated ones: arrays have an axis of B worlds in front.
Nothing here is learned; numbers of the bundle's candidates are counted on validation pictures.
"""

from dataclasses import asdict, dataclass, fields

import numpy as np

from edge_exit.policy.energy import EnergyModel
from edge_exit.policy.preference import weight_scale
from edge_exit.policy.reward import References, reward

# A frame that would never come back still gets a finite time, s.
_LONGEST = 10.0
# Times are predicted with this relative spread, and this one in s.
_RELATIVE, _LEAST = 0.12, 0.003


@dataclass(frozen=True, slots=True)
class Candidates:
    """A operating points, and what they did with the pictures; arrays (A,), times in s.

    Times are those of the reference machine, the overhead of a frame not counted.

    :ivar kept_head: computing on the robot of frames that stay, mean over those.
    :ivar sent_head: computing on the robot of frames that are sent, its encoding included.
    :ivar sent: share of frames that are sent if they may be.
    :ivar wire_bytes: mean serialised bytes of a frame that is sent.
    :ivar tail: computing at the tail of a frame that is sent.
    :ivar rest: computing on the robot that finishes a sent frame alone.
    :ivar kept_right: share of all frames that stay and are answered rightly.
    :ivar sent_right, back_right: share of all frames that are sent and answered rightly by the
        tail, and by the robot alone should no answer come.
    """

    split: np.ndarray
    exit_threshold: np.ndarray
    level: np.ndarray
    offload: np.ndarray
    kept_head: np.ndarray
    sent_head: np.ndarray
    sent: np.ndarray
    wire_bytes: np.ndarray
    tail: np.ndarray
    rest: np.ndarray
    kept_right: np.ndarray
    sent_right: np.ndarray
    back_right: np.ndarray

    def __len__(self) -> int:
        return len(self.split)

    def as_json(self) -> dict[str, list]:
        """Give them as plain lists."""
        return {name: np.asarray(values).tolist() for name, values in asdict(self).items()}

    @classmethod
    def from_json(cls, values: dict) -> 'Candidates':
        """Read them.

        :raises ValueError: if they are not as many as each other, or not numbers.
        """
        arrays = [np.array(values[field.name], float) for field in fields(cls)]
        if any(array.shape != arrays[0].shape or array.ndim != 1 for array in arrays):
            raise ValueError('candidates are not as many in every list')
        if not all(np.isfinite(array).all() for array in arrays) or not len(arrays[0]):
            raise ValueError('candidates hold what is no number')
        found = cls(*arrays)
        whole = {name: getattr(found, name).astype(np.int64) for name in ('split', 'level')}
        rest = {f.name: getattr(found, f.name) for f in fields(cls) if f.name not in whole}
        return cls(**{**rest, **whole, 'offload': found.offload > 0.5})


@dataclass(frozen=True, slots=True)
class Known:
    """What B robots have measured, and what their users want; arrays (B, 1), s, bit/s.

    :ivar finest: finest codec level that the user allows.
    :ivar whole_time: the whole network on the reference machine.
    :ivar picture_bytes: of a message that carries the finest JPEG.
    :ivar last: candidate that holds now, -1 if none does.
    """

    connected: np.ndarray
    goodput_bps: np.ndarray
    goodput_age: np.ndarray
    rtt: np.ndarray
    jitter: np.ndarray
    loss: np.ndarray
    head_slowdown: np.ndarray
    tail_slowdown: np.ndarray
    rate: np.ndarray
    offloaded: np.ndarray
    fallback: np.ndarray
    total: np.ndarray
    deadline: np.ndarray
    accuracy: np.ndarray
    latency: np.ndarray
    energy: np.ndarray
    bandwidth: np.ndarray
    latency_budget: np.ndarray
    offload: np.ndarray
    finest: np.ndarray
    whole_time: float
    picture_bytes: float
    last: np.ndarray


FEATURES = 17
GLOBALS = 18


def inputs(
    candidates: Candidates, known: Known, energy: EnergyModel
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Give what the network takes.

    :returns: of each candidate (B, A, FEATURES), of the world (B, GLOBALS), float32; and which
        candidates may be chosen, bool (B, A); working alone always may.
    """
    measured = (known.connected > 0) & (known.goodput_bps > 0) & (known.rtt >= 0)
    allowed = ~candidates.offload | (
        measured & (known.offload > 0) & (candidates.level >= known.finest)
    )
    # What was measured may be anything; scores that are not finite are not followed.
    with np.errstate(all='ignore'):
        return _features(candidates, known, energy), _globals(known), allowed


def _features(of: Candidates, known: Known, energy: EnergyModel) -> np.ndarray:
    goodput = np.clip(_or(known.goodput_bps, 1e6), 1e2, 1e11)
    head, tail = known.head_slowdown, _or(known.tail_slowdown, 1.0)
    sent = of.sent * of.offload
    transfer = 8 * of.wire_bytes / goodput
    wait = np.minimum(_queueing(known.rate, sent, transfer), _LONGEST)
    there = np.minimum(transfer + wait + _or(known.rtt, 0.0) + tail * of.tail, _LONGEST)
    begun = head * of.sent_head
    arrives = begun + there
    overdue = _beyond(arrives, known.deadline, known)
    lost = 1 - (1 - known.loss) * (1 - overdue)
    stays = head * of.kept_head
    right = of.kept_right + np.where(
        of.offload, (1 - lost) * of.sent_right + lost * of.back_right, 0.0
    )
    latency = (1 - sent) * stays + sent * ((1 - lost) * arrives + lost * known.deadline)
    late = (1 - sent) * _beyond(stays, known.latency_budget, known)
    late = late + sent * np.maximum(_beyond(arrives, known.latency_budget, known), lost)
    joules = energy.of_frame(
        (1 - sent) * stays + sent * (begun + lost * head * of.rest),
        sent * of.wire_bytes, goodput, sent * np.minimum(there - transfer, known.deadline),
    )  # fmt: skip
    size = sent * of.wire_bytes
    reference = References(
        np.maximum(energy.of_frame(head * known.whole_time, 0, np.inf, 0.0), 1e-9),
        known.picture_bytes,
    )
    worth = reward(
        known, reference, right=right, latency=latency, joules=joules, wire_bytes=size, late=late
    )
    scale = weight_scale(known)
    best = worth.max(axis=1, keepdims=True)
    busy = known.rate * ((1 - sent) * stays + sent * begun)
    parts = (
        np.maximum((worth - best) * scale, -8.0),
        known.accuracy * scale * (right - right.max(axis=1, keepdims=True)) * 10,
        known.latency * scale * np.minimum(latency / known.latency_budget, 8.0),
        known.latency * scale * late,
        known.energy * scale * np.minimum(joules / reference.joules, 8.0),
        known.bandwidth * scale * size / reference.wire_bytes,
        np.log(arrives / known.deadline + 1e-3) * of.offload,
        np.log(arrives / known.latency_budget + 1e-3) * of.offload,
        np.minimum(known.rate * sent * transfer, 3.0),
        np.minimum(busy, 3.0),
        lost * of.offload,
        sent,
        of.offload,
        of.split / 3.0,
        np.minimum(of.exit_threshold, 1.2),
        np.arange(len(of)) == known.last,
        np.log(transfer + 1e-4) * of.offload / 4,
    )
    shape = (len(head), len(of))
    return np.stack([np.broadcast_to(part, shape) for part in parts], axis=2).astype(np.float32)


def _globals(known: Known) -> np.ndarray:
    scale = weight_scale(known)
    parts = (
        np.log10(np.clip(_or(known.goodput_bps, 1e6), 1e2, 1e11)) - 6,
        np.minimum(_or(known.goodput_age, 5.0), 5.0),
        np.log10(np.clip(_or(known.rtt, 0.01), 1e-4, 10)) + 2,
        np.log10(np.clip(_or(known.jitter, 0.0), 1e-4, 1)) + 3,
        known.loss * 5,
        np.log(np.clip(known.head_slowdown, 1e-2, 1e4)) - 2,
        np.log(np.clip(_or(known.tail_slowdown, 1.0), 1e-2, 1e4)),
        known.rate / 15,
        known.offloaded,
        known.fallback * 3,
        np.minimum(known.total / known.deadline, 2.0),
        np.log(known.latency_budget) + 2.3,
        np.log(known.deadline) + 1.6,
        known.accuracy * scale,
        known.latency * scale,
        known.energy * scale,
        known.bandwidth * scale,
        known.connected > 0,
    )
    return np.concatenate([np.asarray(part, np.float32) for part in parts], axis=1)


def _beyond(time: np.ndarray, limit: np.ndarray, known: Known) -> np.ndarray:
    """Give the probability that a predicted time is exceeded, by a logistic curve."""
    spread = _RELATIVE * time + 2 * _or(known.jitter, 0.0) + _LEAST
    return 1 / (1 + np.exp(np.clip((limit - time) / spread * 2.0, -30, 30)))


def _queueing(rate: np.ndarray, sent: np.ndarray, transfer: np.ndarray) -> np.ndarray:
    """Give the wait of `policy.queueing` for arrays of rates."""
    load = rate * sent * transfer
    waits = load * np.maximum(transfer - 1 / np.maximum(rate, 1e-3), 0.0)
    return np.where(load < 0.99, waits / (2 * np.maximum(1 - load, 0.01)), _LONGEST)


def _or(values: np.ndarray, other: float) -> np.ndarray:
    return np.where(np.isfinite(values), values, other)
