"""Evaluates bags, one task a bag and policy, each of which a process of its own may do."""

import os
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from functools import lru_cache
from multiprocessing import get_context
from typing import Any, TypeVar

from edge_exit import bundle as bundles
from edge_exit.bundle import Bundle
from edge_exit.evaluation.bags.camera import Camera, open_camera
from edge_exit.evaluation.frames import FrameResult
from edge_exit.evaluation.judging import Judged, judge
from edge_exit.evaluation.run import Run
from edge_exit.replay.asked import Asked, plan_for
from edge_exit.replay.known import known_of
from edge_exit.replay.plan import Plan
from edge_exit.replay.replaying import Known, Replayer

T = TypeVar('T')
R = TypeVar('R')


@dataclass(frozen=True, slots=True)
class Source:
    """The images of one bag, and the bundle that they are shown to.

    :ivar topic: of the images; None for the only one.
    :ivar labels: CSV file or topic; None for the bag's own.
    :ivar bundle: name or folder.
    """

    bag: str
    topic: str | None
    labels: str | None
    bundle: str


@dataclass(frozen=True, slots=True)
class Task:
    """One replay.

    :ivar frames: whether its single results are wanted, too.
    """

    source: Source
    asked: Asked
    known: Known
    frames: bool = False


@dataclass(frozen=True, slots=True)
class Done:
    """What came of a task.

    :ivar frames: its results; empty if they were not wanted.
    """

    judged: Judged
    frames: tuple[FrameResult, ...]


def learn(source: Source, bar: Any = None, *, always: bool = False) -> Known:
    """Read what is known of a bag's images.

    :param always: ask the whole network where there are labels, too.
    """
    camera = open_camera(source.bag, source.topic)
    bundle = loaded(source.bundle)
    with _Shown(bar, camera, 'whole network') as seen:
        return known_of(camera, source.labels, bundle, always=always, seen=seen)


def evaluate(task: Task, bar: Any = None) -> Done:
    """Replay and judge."""
    camera, plan = planned(task.source, task.asked)
    machine = replayer(task.source.bundle)
    with _Shown(bar, camera, plan.values.policy['policy']) as seen:
        run = machine.replay(task.source.bag, camera, task.known, plan, seen=seen)
    return done(run, machine.bundle, frames=task.frames)


def planned(source: Source, asked: Asked) -> tuple[Camera, Plan]:
    """Open the images and plan how they are replayed.

    :raises ConfigError: if bag, images, link or parameters are not as they must be.
    """
    camera = open_camera(source.bag, source.topic)
    return camera, plan_for(asked, loaded(source.bundle), source.bag, camera.start)


@lru_cache(maxsize=2)
def loaded(bundle: str) -> Bundle:
    """Read a bundle once for all that this process does.

    :param bundle: name or folder.
    :raises BundleError: if it is none.
    """
    return bundles.load(bundle)


@lru_cache(maxsize=2)
def replayer(bundle: str) -> Replayer:
    """Load what runs a bundle once for all replays of this process."""
    return Replayer(loaded(bundle))


def done(run: Run, bundle: Bundle | None, *, frames: bool) -> Done:
    """Judge a run."""
    return Done(judge(run, bundle), run.results if frames else ())


def spread(
    work: Callable[..., R], items: Sequence[T], jobs: int, bar: Any, *, by_image: bool = True
) -> Iterator[R]:
    """Do some work on each item, in the order of the items.

    :param work: called with the item; with one process also with `bar`, to show its images.
    :param jobs: processes at one time; 0 for one a core.
    :param bar: makes a progress bar (`tqdm`).
    :param by_image: whether `work` shows its images itself where it can.
    """
    jobs = min(jobs or len(os.sched_getaffinity(0)), len(items))
    if jobs <= 1 and by_image:
        yield from (work(item, bar) for item in items)
        return
    if jobs <= 1:
        yield from _shown(map(work, items), len(items), bar)
        return
    with ProcessPoolExecutor(jobs, mp_context=get_context('spawn')) as pool:
        yield from _shown(pool.map(work, items), len(items), bar)


def _shown(results: Iterable[R], total: int, bar: Any) -> Iterator[R]:
    with bar(total=total, unit='replay') as shown:
        for result in results:
            shown.update()
            yield result


class _Shown:
    """Shows how many images of a camera are done; nothing where there is no bar.

    :param bar: makes a progress bar.
    """

    def __init__(self, bar: Any, camera: Camera, what: str) -> None:
        self._make = bar and (lambda: bar(total=camera.frames, desc=what, unit='image'))
        self._bar: Any = None

    def __enter__(self) -> Callable[[], None]:
        return self._update

    def __exit__(self, *_: object) -> None:
        if self._bar is not None:
            self._bar.close()

    def _update(self) -> None:
        if self._bar is None and self._make:
            self._bar = self._make()
        if self._bar is not None:
            self._bar.update()
