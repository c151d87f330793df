"""One try: some parameters, replayed on a part of a bag."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from edge_exit.evaluation.bags.camera import open_camera
from edge_exit.evaluation.judging import judge
from edge_exit.evaluation.run import Run
from edge_exit.replay.asked import Asked, plan_for
from edge_exit.replay.evaluating import Source, replayer
from edge_exit.replay.replaying import Known
from edge_exit.tuning.parts import Part

# What a promise is about, by its name in figures, and what it is called.
PROMISED = {
    'accuracy': 'accuracy',
    'latency_ms_mean': 'mean latency, ms',
    'latency_ms_p90': 'latency of 9 in 10 frames at most, ms',
    'energy_j_per_frame': 'energy of the robot a frame, J',
    'bytes_per_frame': 'bytes sent a frame',
    'deadline_miss_rate': 'share of frames not finished by their deadline',
}


@dataclass(frozen=True, slots=True)
class Try:
    """Parameters to try.

    :ivar policy: name of a policy.
    :ivar chosen: parameters of the policy node that differ from the user's.
    """

    policy: str
    chosen: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Errand:
    """A try on a part of a bag.

    :ivar asked: the user's world; its policy is that of the try.
    :ivar begin, end: of the part, s.
    """

    what: Try
    source: Source
    asked: Asked
    known: Known
    begin: float
    end: float


@dataclass(frozen=True, slots=True)
class Tried:
    """What came of a try.

    :ivar figures: those of PROMISED; 'accuracy' is the agreement where there are no labels.
    :ivar loss: share of right answers that the whole network gives more.
    :ivar notes: what a reader must know.
    """

    what: Try
    figures: Mapping[str, float]
    loss: float
    notes: tuple[str, ...] = ()


def attempt(errand: Errand, bar: Any = None) -> Tried:
    """Replay and measure."""
    source = errand.source
    camera = open_camera(source.bag, source.topic)
    machine = replayer(source.bundle)
    chosen = {**errand.asked.chosen, **errand.what.chosen}
    asked = replace(errand.asked, policy=errand.what.policy, chosen=chosen)
    plan = plan_for(asked, machine.bundle, source.bag, camera.start, errand.begin)
    part = Part(camera, errand.begin, errand.end)
    run = machine.replay(source.bag, part, errand.known, plan)
    report = judge(run, machine.bundle).report
    found = report['figures']
    right = found['accuracy'] if run.labels else found['agreement']
    figures = {name: found[name] for name in PROMISED if name != 'accuracy'}
    return Tried(errand.what, {'accuracy': right, **figures}, loss_of(run), tuple(report['notes']))


def loss_of(run: Run) -> float:
    """Give how many right answers the whole network gives more, as a share of the frames."""
    truth = run.labels or run.whole
    frames = [r for r in run.results if r.stamp in truth and r.stamp in run.whole]
    if not frames:
        return 1.0
    more = sum(
        (run.whole[r.stamp] == truth[r.stamp]) - (r.class_id == truth[r.stamp]) for r in frames
    )
    return more / len(frames)
