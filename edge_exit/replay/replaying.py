"""Replays the images of a bag: what would have happened with this model, policy and link."""

import math
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from edge_exit.bundle import Bundle
from edge_exit.errors import ConfigError
from edge_exit.evaluation.run import About, Run
from edge_exit.inference.network import SegmentedNetwork
from edge_exit.inference.split_codec import SplitCodec
from edge_exit.link.emulation import LinkSettings
from edge_exit.replay.feed import Feed, Images
from edge_exit.replay.plan import Plan
from edge_exit.replay.recorder import since_start
from edge_exit.replay.said import Said
from edge_exit.replay.world import World

# The last answers may take a little longer than the deadline.
_SETTLE = 0.1


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
        with Said() as said:
            world = World(self.bundle, self._network, self._codec, plan)
            feed = Feed(world, camera, seen)
            if feed.start is None:
                raise ConfigError(f'bag "{bag}" has no image on {camera.topic} that can be read')
            while not feed.ended:
                world.clock.advance(feed.last)
            feed.check()
            self._settle(world, feed.last, plan)
        notes = (*camera.notes, *known.notes, *said.notes, *_failures(world.head.failures))
        return self._run(world, bag, camera.topic, known, plan, feed, notes)

    def _settle(self, world: World, last: float, plan: Plan) -> None:
        until = last + plan.values.head['deadline_ms'] / 1e3
        world.clock.advance(until)
        while world.head.counts().in_flight or world.head.counts().waiting:
            world.clock.advance(world.clock.now + _SETTLE)

    def _run(
        self,
        world: World,
        bag: str,
        topic: str,
        known: Known,
        plan: Plan,
        feed: Feed,
        notes: tuple[str, ...],
    ) -> Run:
        books, results = world.head.counts(), world.recorder.results
        duration = max([feed.last, *(result.received for result in results[-1:])])
        about = About(
            bag=bag,
            topic=topic,
            bundle=self.bundle.name,
            model_id=self.bundle.model_id,
            policy=plan.values.policy['policy'],
            link=plan.link_name,
            settings=plan.settings(),
        )
        return Run(
            about=about,
            start=feed.start,
            duration=duration,
            classes=self.bundle.classes,
            results=tuple(results),
            labels=known.labels,
            whole=known.whole,
            taken=books.taken,
            dropped=books.dropped,
            links=since_start(world.recorder.links),
            points=since_start(world.recorder.points),
            capacity=tuple(_capacity(plan.link, plan.skipped, duration)),
            deadline=plan.values.head['deadline_ms'] / 1e3,
            notes=notes,
        )


def _capacity(link: LinkSettings, skipped: float, duration: float) -> Iterator[tuple[float, float]]:
    """Give the true rate of a link from when on, s and bit/s."""
    if link.trace is None:
        yield 0.0, 0.0 if link.outage else link.rate_bps
        return
    time, before = 0.0, math.nan
    while time <= duration:
        rate, _, until = link.trace.row(skipped + time)
        if rate != before:
            yield time, rate
        time, before = until - skipped, rate


def _failures(failures: Sequence[str]) -> Iterator[str]:
    for text in sorted(set(failures)):
        yield f'frames ended by an unforeseen error ({text}): {failures.count(text)}'
