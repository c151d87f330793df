"""Replays the images of a bag: what would have happened with this model, policy and link."""

import math
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

import numpy as np

from edge_exit.bundle import Bundle
from edge_exit.errors import ConfigError
from edge_exit.evaluation.run import About, Run
from edge_exit.inference.network import SegmentedNetwork
from edge_exit.inference.split_codec import SplitCodec
from edge_exit.link.emulation import LinkSettings
from edge_exit.replay.plan import Plan
from edge_exit.replay.recorder import since_start
from edge_exit.replay.world import World

# The last answers may take a little longer than the deadline.
_SETTLE = 0.1


class Images(Protocol):
    """The images of a camera, by time: when recorded (ns), stamp (ns), image."""

    topic: str
    notes: Sequence[str]

    def images(self) -> Iterable[tuple[int, int, np.ndarray]]: ...  # noqa: D102


@dataclass(frozen=True, slots=True)
class Known:
    """What is known of a bag's images beside them.

    :ivar labels: true class by stamp.
    :ivar whole: answers of the network without exits by stamp, where there are no labels.
    """

    labels: Mapping[int, int]
    whole: Mapping[int, int]
    notes: tuple[str, ...] = ()


class Replayer:
    """Replays with one bundle, as often as wanted.

    :raises BundleError: if it cannot be run.
    """

    def __init__(self, bundle: Bundle) -> None:
        self.bundle = bundle
        self._network = SegmentedNetwork(bundle)
        splits = self._network.splits
        self._codec = SplitCodec(bundle, encodes=splits, decodes=splits)

    def replay(
        self,
        bag: str,
        camera: Images,
        known: Known,
        plan: Plan,
        *,
        seen: Callable[[], None] = lambda: None,
    ) -> Run:
        """Replay all images.

        :param bag: its name in reports.
        :param seen: called after each image.
        :raises ConfigError: if there are no images.
        """
        world = World(self.bundle, self._network, self._codec, plan)
        images = iter(camera.images())
        first = next(images, None)
        if first is None:
            raise ConfigError(f'bag "{bag}" has no image on {camera.topic} that can be read')
        start, last = first[0], 0.0
        for time, stamp, image in _with_first(first, images):
            # Times of a recording may go back a little; those of a camera do not.
            last = max(last, (time - start) / 1e9)
            world.clock.advance(last)
            world.offer(image, stamp)
            seen()
        self._settle(world, last, plan)
        return self._run(world, bag, camera, known, plan, start, last)

    def _settle(self, world: World, last: float, plan: Plan) -> None:
        until = last + plan.values.head['deadline_ms'] / 1e3
        world.clock.advance(until)
        while world.head.counts().in_flight or world.head.counts().waiting:
            world.clock.advance(world.clock.now + _SETTLE)

    def _run(
        self,
        world: World,
        bag: str,
        camera: Images,
        known: Known,
        plan: Plan,
        start: int,
        last: float,
    ) -> Run:
        books, results = world.head.counts(), world.recorder.results
        duration = max([last, *(result.received for result in results[-1:])])
        about = About(
            bag=bag,
            topic=camera.topic,
            bundle=self.bundle.name,
            model_id=self.bundle.model_id,
            policy=plan.values.policy['policy'],
            link=plan.link_name,
            settings=plan.settings(),
        )
        return Run(
            about=about,
            start=start,
            duration=duration,
            classes=self.bundle.classes,
            results=tuple(results),
            labels=known.labels,
            whole=known.whole,
            taken=books.taken,
            dropped=books.dropped,
            links=since_start(world.recorder.links),
            points=since_start(world.recorder.points),
            capacity=tuple(_capacity(plan.link, duration)),
            deadline=plan.values.head['deadline_ms'] / 1e3,
            notes=(*camera.notes, *known.notes, *_failures(world.head.failures)),
        )


def _with_first(first: tuple, rest: Iterator[tuple]) -> Iterator[tuple]:
    yield first
    yield from rest


def _capacity(link: LinkSettings, duration: float) -> Iterator[tuple[float, float]]:
    """Give the true rate of a link from when on, s and bit/s."""
    if link.trace is None:
        yield 0.0, 0.0 if link.outage else link.rate_bps
        return
    time, before = 0.0, math.nan
    while time <= duration:
        rate, _, until = link.trace.row(time)
        if rate != before:
            yield time, rate
        time, before = until, rate


def _failures(failures: Sequence[str]) -> Iterator[str]:
    for text in sorted(set(failures)):
        yield f'{failures.count(text)} frames ended by an unforeseen error: {text}'
