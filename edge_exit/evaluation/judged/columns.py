"""The results of a run as arrays, one value a frame: what all judging is made from."""

from dataclasses import dataclass

import numpy as np

from edge_exit.bundle import Bundle
from edge_exit.evaluation.judged.costs import Costs
from edge_exit.evaluation.run import Run
from edge_exit.policy.energy import EnergyModel

# A result at its deadline leaves when a thread has woken up: later than that it is late, s.
WAKING = 0.001
UNKNOWN = -1
# Times are sums of others, and were milliseconds in 32 bits on their way.
ROUNDING = 1e-6
_INTS = ('stamp', 'exit', 'class_id', 'split', 'wire_bytes', 'outcome')
_REALS = ('received', 'arrived', 'queue', 'head', 'link', 'tail', 'total', 'margin', 'score')


@dataclass(frozen=True, slots=True)
class Columns:
    """N frames in the order of their images; all (N,), times in s.

    :ivar stamp: of the camera image, ns.
    :ivar truth: class that the answer is judged by; UNKNOWN where there is none.
    :ivar point: index into the run's operating points of the one in force; UNKNOWN before any.
    :ivar late: whether the result came after its deadline.
    :ivar joules: what the frame cost the robot.
    :ivar robot_macs: multiply-accumulate operations on the robot; NaN without a bundle.
    :ivar network_macs: those of the network up to the exit that answered, wherever it ran.
    :ivar place: index into the run's results.
    """

    stamp: np.ndarray
    received: np.ndarray
    arrived: np.ndarray
    outcome: np.ndarray
    exit: np.ndarray
    class_id: np.ndarray
    split: np.ndarray
    margin: np.ndarray
    score: np.ndarray
    queue: np.ndarray
    head: np.ndarray
    link: np.ndarray
    tail: np.ndarray
    total: np.ndarray
    wire_bytes: np.ndarray
    truth: np.ndarray
    point: np.ndarray
    late: np.ndarray
    joules: np.ndarray
    robot_macs: np.ndarray
    network_macs: np.ndarray
    place: np.ndarray

    def __len__(self) -> int:
        """Give the number of frames."""
        return len(self.stamp)

    @property
    def judged(self) -> np.ndarray:
        """Say which frames there is a truth for."""
        return self.truth != UNKNOWN

    @property
    def right(self) -> np.ndarray:
        """Say which answers are right; false where there is no truth."""
        return self.judged & (self.class_id == self.truth)

    @property
    def waited(self) -> np.ndarray:
        """Give what no part of the system accounts for: waiting in vain, and for older frames."""
        rest = self.total - self.queue - self.head - self.link - self.tail
        return np.where(rest > ROUNDING, rest, 0.0)


def columns_of(run: Run, bundle: Bundle | None, energy: EnergyModel) -> Columns:
    """Lay out a run.

    :param bundle: whose costs are counted; None where it is not at hand.
    """
    place = np.argsort([result.arrived for result in run.results], kind='stable').astype(int)
    results = [run.results[index] for index in place]
    ints = {name: np.array([getattr(r, name) for r in results], np.int64) for name in _INTS}
    reals = {name: np.array([getattr(r, name) for r in results], float) for name in _REALS}
    truths = run.labels or run.whole
    begun = np.array([time for time, _ in run.points], float)
    costs = Costs(
        run=run,
        bundle=bundle,
        point=np.searchsorted(begun, reals['arrived'] + reals['queue'], side='right') - 1,
        sent=ints['wire_bytes'] > 0,
        **{name: ints[name] for name in ('outcome', 'exit', 'split')},
    )
    awake = np.maximum(reals['total'] - reals['queue'] - reals['head'], 0.0) * costs.sent
    joules = energy.of_frame(reals['head'], ints['wire_bytes'], np.inf, awake)
    return Columns(
        **reals,
        **ints,
        truth=np.array([truths.get(result.stamp, UNKNOWN) for result in results], np.int64),
        point=costs.point,
        late=reals['total'] > run.deadline + WAKING,
        joules=np.asarray(joules, float),
        robot_macs=costs.robot_macs(),
        network_macs=costs.network_macs(),
        place=place,
    )


def energy_of(settings) -> EnergyModel:
    """Give the constants of the robot that was run, as its settings name them."""
    usual = EnergyModel()
    return EnergyModel(
        compute_watts=settings.get('compute_watts', usual.compute_watts),
        idle_watts=settings.get('idle_watts', usual.idle_watts),
        radio_watts=settings.get('radio_watts', usual.radio_watts),
        radio_joule_per_bit=settings.get('radio_nj_per_bit', 1e9 * usual.radio_joule_per_bit) / 1e9,
        tail_watts=0.0,
    )
