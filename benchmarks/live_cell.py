"""One contender on one live link: its processes, the camera, and what it made of the images.

A cell is measured in several turns, each with processes of its own, and judged over all of them.
"""

import contextlib
import json
import math
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from statistics import mean, median

from camera_bag import IMAGE_TOPIC, LABEL_TOPIC
from live_contenders import HEAD, ROBOT, TAIL, Contender
from robot_bench import wait_until
from shaped_link import ShapedLink
from slowed import SlowCore
from support import ros_args

from edge_exit import bundle as bundles
from edge_exit.bundle import Bundle
from edge_exit.errors import ConfigError
from edge_exit.evaluation.bags.labels import labels_of
from edge_exit.evaluation.bags.recorded import recorded_run
from edge_exit.evaluation.frames import FrameResult
from edge_exit.evaluation.judging import judge
from edge_exit.evaluation.run import Run
from edge_exit.link.traces import Trace, read_trace

DOMAIN = {'ROS_DOMAIN_ID': '60', 'PYTHONUNBUFFERED': '1', 'RCUTILS_COLORIZED_OUTPUT': '0'}
SLOWDOWN = 8.0
DEADLINE = 0.2
START_TIMEOUT = 60.0
# From the images' end until even late answers have come, s.
LATE = 3.0
# Folder of a turn's recording, and what the slowed core was like meanwhile.
RECORDING = 'bag'
HOST = 'host.json'
RECORDED = ('inference', 'link_quality', 'operating_point')


@dataclass(frozen=True, slots=True)
class Row:
    """A link.

    :ivar rate_mbps: of each direction, Mbit/s; a trace takes its place.
    :ivar loss: probability that a frame of the wire is lost, each direction for itself.
    :ivar offset: where the trace begins, s.
    """

    name: str
    kind: str
    rate_mbps: float = 50.0
    loss: float = 0.0
    trace: Path | None = None
    offset: float = 0.0


@dataclass(frozen=True, slots=True)
class Played:
    """The recording that every contender is shown in one turn.

    :ivar warm_up: of its images that are not judged, s.
    """

    bag: Path
    warm_up: float


def record(
    row: Row,
    contender: Contender,
    played: Played,
    folder: Path,
    watching: Callable[[Mapping[str, int]], AbstractContextManager] = contextlib.nullcontext,
) -> None:
    """Run one contender over one link.

    :param folder: for logs and the new bag; made here.
    :param watching: is entered while images are shown, with the robot's processes by name.
    """
    folder.mkdir(parents=True)
    # The link ends its processes, and only then can their group go.
    with SlowCore(SLOWDOWN) as slow, ShapedLink(row.rate_mbps) as link:
        stage = _Stage(link, folder)
        for started in contender.processes:
            stage.start(started.name, started.end, started.command)
        stage.start('recorder', 'robot', _recorder(folder / RECORDING))
        for started in contender.processes:
            stage.wait_for(started.name, started.ready)
        stage.wait_for('recorder', f'records {ROBOT}/inference')
        robot = {one.name: stage.pid(one.name) for one in contender.processes if one.end == 'robot'}
        for process in robot.values():
            slow.add(process)
        link.set_loss(row.loss)
        stage.start('player', 'robot', _player(played.bag))
        stage.wait_for('player', 'waits for')
        start = time.monotonic()
        with _following(link, row), watching(robot):
            stage.wait_for_end('player')
        end = time.monotonic()
        time.sleep(LATE)
        stage.end('recorder')
    told = [one for one in slow.told if start <= one.at <= end]
    (folder / HOST).write_text(json.dumps([asdict(one) for one in told]))


@dataclass(frozen=True, slots=True)
class Host:
    """What the machine's host left of the slowed core while a turn was recorded.

    :ivar pace: how fast the whole core was, at least, as a ratio to the usual.
    :ivar left: how fast the robot could get on, as a rule, as a ratio to what it should.
    :ivar stolen: share of a half second's work, at most, in which the core stood still.
    """

    pace: float
    left: float
    stolen: float


def host(folder: Path) -> Host:
    """Read it from the folder of a turn's recording."""
    told = json.loads((folder / HOST).read_text())
    pace, left, stolen = ([one[name] for one in told] for name in ('pace', 'left', 'stolen'))
    return Host(min(pace), median(left), max(stolen))


def judged(contender: Contender, turns: Sequence[tuple[Played, Path]]) -> dict:
    """Judge what was recorded; what has no result counts as wrong and as late.

    :param turns: what was played in each, no image twice, and the folder of its recording.
    :returns: figures of all turns; `dropped` images were replaced by newer ones before the robot
        had time for them, `lost` ones have no result for another reason; `turns_ms` is the mean
        latency of each turn, None for one without any result.
    """
    bundle = bundles.load(contender.bundle)
    heard = [_turn(played, folder, bundle) for played, folder in turns]
    images = sum(len(turn.shown) for turn in heard)
    runs = [turn.run for turn in heard if turn.run is not None]
    if not runs:
        return {'images': images, 'dropped': 0, 'lost': images}
    results = tuple(result for run in runs for result in run.results)
    labels = {stamp: label for run in runs for stamp, label in run.labels.items()}
    figures = judge(replace(runs[0], results=results, labels=labels), bundle).report['figures']
    answered, dropped = _answered(results), sum(turn.dropped for turn in heard)
    without = images - answered
    late = round(figures['deadline_miss_rate'] * len(results))
    right = round(figures['accuracy'] * figures['judged'])
    return {
        'images': images,
        'dropped': dropped,
        'lost': without - dropped,
        'twice': len(results) - answered,
        'accuracy': right / images,
        **{name: figures[name] for name in FIGURES},
        'missed': (late + without) / images,
        'bytes_per_frame': figures['bytes_per_frame'],
        'energy_j_per_frame': figures['energy_j_per_frame'],
        **{name: figures[name] for name in ('exited', 'offloaded', 'fallback')},
        **_heard_of_the_link(runs),
        'turns_ms': [turn.mean_ms for turn in heard],
    }


@dataclass(frozen=True, slots=True)
class _Turn:
    """What came of one turn.

    :ivar shown: stamps of the images that are judged.
    :ivar run: with the results of these alone; None if there is not one result at all.
    """

    shown: set[int]
    run: Run | None

    @property
    def dropped(self) -> int:
        if self.run is None:
            return 0
        return min(self.run.dropped, len(self.shown) - _answered(self.run.results))

    @property
    def mean_ms(self) -> float | None:
        latencies = [1e3 * result.total for result in self.run.results] if self.run else []
        return round(mean(latencies), 2) if latencies else None


def _turn(played: Played, folder: Path, bundle: Bundle) -> _Turn:
    """Read what was recorded in one turn."""
    labels, _ = labels_of(str(played.bag), None, bundle.classes)
    first = min(labels) + round(1e9 * played.warm_up)
    shown = {stamp for stamp in labels if stamp >= first}
    try:
        run = recorded_run(
            str(folder / RECORDING), bundle=bundle, labels=labels, head=HEAD, deadline=DEADLINE
        )
    except ConfigError:
        return _Turn(shown, None)
    results = tuple(result for result in run.results if result.stamp in shown)
    return _Turn(shown, replace(run, results=results))


def _answered(results: Sequence[FrameResult]) -> int:
    """Count the images that have a result."""
    return len({result.stamp for result in results})


def _heard_of_the_link(runs: Sequence[Run]) -> dict:
    """Give the medians of what the head measured, where it measured a link."""
    found = {'rtt_ms': 'rtt', 'jitter_ms': 'jitter'}
    links = [link for run in runs for _, link in run.links]
    times = {
        name: [t for link in links if math.isfinite(t := getattr(link, field))]
        for name, field in found.items()
    }
    return {name: round(1e3 * median(known), 2) for name, known in times.items() if known}


FIGURES = ('latency_ms_mean', 'latency_ms_p50', 'latency_ms_p99', 'latency_ms_max')


def described(row: Row) -> dict:
    """Describe a link for the report, without this machine's folders."""
    return asdict(row) | {'trace': row.trace.name if row.trace else None}


class _Stage:
    """The processes of a cell and their logs."""

    def __init__(self, link: ShapedLink, folder: Path) -> None:
        self._link, self._folder = link, folder
        self._processes: dict[str, subprocess.Popen] = {}

    def start(self, name: str, end: str, command: tuple[str, ...]) -> None:
        with self._log(name).open('w') as log:
            self._processes[name] = self._link.run(
                end, command, env=DOMAIN, stdout=log, stderr=subprocess.STDOUT
            )

    def pid(self, name: str) -> int:
        return self._processes[name].pid

    def wait_for(self, name: str, text: str) -> None:
        """Wait until a process says something.

        :raises AssertionError: if it ends before, or says nothing of the kind in time.
        """
        wait_until(
            lambda: self._alive(name) and text in self._log(name).read_text(errors='replace'),
            timeout=START_TIMEOUT,
            what=f'"{text}" in {self._log(name)}',
        )

    def wait_for_end(self, name: str) -> None:
        """Wait until a process ends, while all others live."""
        while self._processes[name].poll() is None:
            time.sleep(0.1)
            for other in self._processes:
                if other != name:
                    self._alive(other)
        assert self._processes[name].returncode == 0, f'{name} failed: {self._log(name)}'

    def end(self, name: str) -> None:
        """Press Ctrl-C."""
        self._processes[name].send_signal(signal.SIGINT)
        self._processes[name].wait(timeout=30)

    def _alive(self, name: str) -> bool:
        status = self._processes[name].poll()
        assert status is None, f'{name} ended with {status}: {self._log(name)}'
        return True

    def _log(self, name: str) -> Path:
        return self._folder / f'{name}.log'


@contextlib.contextmanager
def _following(link: ShapedLink, row: Row) -> Iterator[None]:
    """Let a link follow its trace, if it has one."""
    if row.trace is None:
        yield
        return
    stop = threading.Event()
    thread = threading.Thread(
        target=follow, args=(link, read_trace(row.trace), row.offset, stop), daemon=True
    )
    thread.start()
    try:
        yield
    finally:
        stop.set()
        thread.join()


def follow(link: ShapedLink, trace: Trace, offset: float, stop: threading.Event) -> None:
    """Set a link's rate by a trace until told to stop.

    :param offset: where the trace begins, s.
    """
    start = time.monotonic() - offset
    while not stop.is_set():
        rate, _, until = trace.row(time.monotonic() - start)
        # Each change fills the shaper's bucket: one that changes nothing would let a frame through.
        if rate / 1e6 != link.rate_mbps:
            link.set_rate(rate / 1e6)
        stop.wait(max(0.0, start + until - time.monotonic()))


def _recorder(bag: Path) -> tuple[str, ...]:
    topics = [*(f'{ROBOT}/{name}' for name in RECORDED), f'{TAIL}/status', '/diagnostics']
    return _node('bag_recorder', {'bag': str(bag), 'topics': topics})


def _player(bag: Path) -> tuple[str, ...]:
    topics = [IMAGE_TOPIC, LABEL_TOPIC]
    values = {'bag': str(bag), 'topics': topics, 'restamp': False, 'wait_for': [HEAD]}
    return _node('bag_player', values)


def _node(name: str, params: dict) -> tuple[str, ...]:
    return (sys.executable, '-m', f'edge_exit.nodes.{name}', *ros_args(None, None, params, {}))


def priority() -> None:
    """Run before others of this machine where the kernel groups processes by session."""
    with contextlib.suppress(OSError):
        Path('/proc/self/autogroup').write_text('-9')
    with contextlib.suppress(OSError):
        os.nice(-5)
