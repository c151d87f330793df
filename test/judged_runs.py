"""Runs as they could have been, for judging and reports: a link that fades, comes and goes."""

import numpy as np

from edge_exit.evaluation.frames import FrameResult
from edge_exit.evaluation.run import About, Run
from edge_exit.inference.outcome import Outcome
from edge_exit.link.quality import LinkQuality
from edge_exit.policy.operating_point import OperatingPoint

CLASSES = ('airplane', 'automobile', 'bird', 'cat', 'deer', 'dog', 'frog', 'horse', 'ship', 'truck')
START = 1_700_000_000_000_000_000
DEADLINE = 0.2


def made_up_run(
    seconds: float = 60.0,
    *,
    rate: float = 15.0,
    policy: str = 'dynamic_split',
    seed: int = 0,
    offloading: float = 0.4,
    labelled: bool = True,
    bag: str = 'drive.mcap',
    notes: tuple[str, ...] = (),
) -> Run:
    """Make up a run on a link with an outage in its middle fifth; images are those of the bag.

    :param offloading: share of frames that are not sure enough to exit.
    """
    chance = np.random.default_rng(seed)
    images = np.random.default_rng(7)
    count = int(seconds * rate)
    truth = images.integers(0, len(CLASSES), count)
    times = np.arange(count) / rate
    fading = 12e6 * np.exp(1.1 * np.sin(2 * np.pi * times / max(seconds / 3, 1.0)))
    outage = (times > 0.4 * seconds) & (times < 0.55 * seconds)
    capacity = np.where(outage, 0.0, fading)
    results = [
        _result(index, times[index], truth[index], capacity[index], chance, offloading)
        for index in range(count)
    ]
    labels = {result.stamp: int(truth[index]) for index, result in enumerate(results)}
    seen = range(0, count, max(int(rate / 5), 1))
    return Run(
        about=About(
            bag=bag,
            topic='/camera/image_raw',
            bundle='cifar10',
            model_id='ab' * 32,
            policy=policy,
            link='fading.csv',
            settings={'deadline_ms': 1e3 * DEADLINE, 'robot_slowdown': 8.0, 'seed': seed},
        ),
        start=START,
        duration=seconds,
        classes=CLASSES,
        results=tuple(results),
        labels=labels if labelled else {},
        whole={} if labelled else labels,
        taken=count,
        dropped=count // 50,
        links=tuple((times[i], _quality(capacity[i], chance)) for i in seen),
        points=tuple((times[i], _point(capacity[i], policy)) for i in seen),
        capacity=tuple((float(times[i]), float(capacity[i])) for i in seen),
        deadline=DEADLINE,
        notes=notes,
    )


def _result(
    index: int, time: float, truth: int, capacity: float, chance, offloading
) -> FrameResult:
    head, queue = chance.gamma(20, 0.0005), chance.exponential(0.0015)
    link = tail = 0.0
    total, sent, outcome, exit_, hit = queue + head, 0, Outcome.EXITED, 0, 0.93
    if chance.random() < offloading:
        sent = 1100
        link = 0.006 + 8 * sent / max(capacity, 1.0) + chance.exponential(0.006)
        tail = chance.gamma(9, 0.0005)
        outcome, exit_, hit = Outcome.OFFLOADED, 1, 0.9
        total += link + tail
        if total > DEADLINE:
            outcome, exit_, hit, link, tail, total = Outcome.FALLBACK, 0, 0.6, 0.0, 0.0, DEADLINE
    right = chance.random() < hit
    score = float(np.clip(chance.beta(9, 2) if right else chance.beta(5, 3), 0.11, 1.0))
    return FrameResult(
        session=7,
        sequence=index + 1,
        stamp=START + round(1e9 * time),
        received=time + total,
        outcome=outcome,
        exit=exit_,
        class_id=int(truth if right else (truth + 3) % len(CLASSES)),
        split=2 if outcome == Outcome.EXITED else 1,
        margin=max(2 * score - 1, 0.0),
        score=score,
        reason={1: 'margin', 2: 'last exit', 3: 'deadline'}[int(outcome)],
        queue=queue,
        head=head,
        link=link,
        tail=tail,
        tail_compute=0.8 * tail,
        total=total,
        wire_bytes=sent,
    )


def _quality(capacity: float, chance) -> LinkQuality:
    if capacity <= 0:
        return LinkQuality(connected=False)
    seen = capacity * chance.lognormal(0, 0.12)
    return LinkQuality(True, seen, 0.1, 0.006 + 0.002 * chance.random(), 0.001, 0.02, 900.0)


def _point(capacity: float, policy: str) -> OperatingPoint:
    if capacity <= 0:
        return OperatingPoint(1, 0.35, 0.0, 2, False, policy, 'no link')
    threshold = 0.8 if capacity > 12e6 else 0.6
    return OperatingPoint(1, threshold, 0.0, 2 if capacity > 12e6 else 5, True, policy, '21 ms')
