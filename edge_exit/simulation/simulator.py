"""Many robots at once, each with its camera, link and tail, in steps of the policy's period."""

import copy
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from edge_exit.link.traces import Trace
from edge_exit.policy.energy import EnergyModel
from edge_exit.policy.profile import Profile
from edge_exit.policy.reward import References, references, reward
from edge_exit.simulation.capacity import Capacity
from edge_exit.simulation.chance import Alike
from edge_exit.simulation.costs import costs_of
from edge_exit.simulation.flow import Ends, Flow
from edge_exit.simulation.history import History, Summary
from edge_exit.simulation.outcomes import OutcomeTable
from edge_exit.simulation.points import Points
from edge_exit.simulation.probes import Probes
from edge_exit.simulation.senses import LinkSenses, Quality
from edge_exit.simulation.worlds import Worlds

# A policy chooses so often, s.
STEP = 0.2
# Relative spread of a camera's period: no two clocks stay in step.
CAMERA_SPREAD = 0.02
# Nothing of a frame lasts longer than its deadline, but late answers tell of the link, s.
AFTERWARDS = 5.0


@dataclass(frozen=True, slots=True)
class Scene:
    """One episode of B worlds.

    :ivar traces: of the links.
    :ivar starts: where in its trace each world begins, s, (B,).
    :ivar base_rtts: round-trip times of empty messages, s, (B,).
    :ivar duration: s.
    """

    worlds: Worlds
    traces: Sequence[Trace]
    starts: np.ndarray
    base_rtts: np.ndarray
    duration: float


@dataclass(frozen=True, slots=True)
class Sight:
    """What the robots know, all measured; nothing of the worlds themselves.

    :ivar tail_slowdown: times that the tail reports over those of the profile, (B,); NaN unknown.
    """

    now: float
    link: Quality
    tail_slowdown: np.ndarray


@dataclass(frozen=True, slots=True)
class Stepped:
    """What the frames of one step were worth.

    :ivar rewards: sum over the frames taken, (B,).
    :ivar frames: how many were taken, (B,).
    :ivar ends: frame by frame.
    :ivar worths: of each frame, (B,), 0 where none was taken.
    """

    rewards: np.ndarray
    frames: np.ndarray
    ends: list[Ends]
    worths: list[np.ndarray]


class Simulator:
    """B worlds from time 0 on. The same scene, seed and points give the same run.

    :param overhead_bytes: serialised bytes of a Features message beside what is coded.
    :param alike: so many neighbouring worlds share their chance.
    """

    def __init__(
        self,
        profile: Profile,
        table: OutcomeTable,
        scene: Scene,
        *,
        overhead_bytes: int,
        energy: EnergyModel | None = None,
        seed: int = 0,
        alike: int = 1,
    ) -> None:
        worlds = scene.worlds
        random = Alike(np.random.default_rng(seed), alike)
        self.now = 0.0
        self.worlds = worlds
        self._energy = energy or EnergyModel()
        self._costs = costs_of(profile)
        links = Capacity(scene.traces, scene.starts, scene.base_rtts, scene.duration + AFTERWARDS)
        self._fixed = (table, links, worlds, profile, scene)
        self._flow = Flow(table, self._costs, worlds, links, random, overhead_bytes)
        # What is measured draws from its own chance, so that it cannot shift that of the frames.
        measuring = Alike(np.random.default_rng([seed, 1]), alike)
        self._senses = LinkSenses(len(worlds), measuring, worlds.loss)
        self._probes = Probes(links, worlds, self._flow, self._senses, measuring)
        self.history = History(len(worlds), self._costs)
        self._camera = Alike(np.random.default_rng([seed, 2]), alike)
        self._next = worlds.period * self._camera.random(len(worlds))
        self._reference = _references(profile, self._energy, worlds)
        self._sight: Sight | None = None
        self._sees_labels, self._ease = True, 0.0

    def fork(self) -> 'Simulator':
        """Give a copy that goes on from here by itself, with the same chance.

        It does not look at labels: an answer counts there as it is probably right.
        """
        forked = copy.deepcopy(self, {id(part): part for part in self._fixed})
        forked.judge_by_sureness(ease=self._ease)
        return forked

    def judge_by_sureness(self, *, ease: float = 0.0) -> None:
        """Count an answer as right by its chance, and take off its ease.

        :param ease: mean probability of the last exit's answer; where it is above 0, worths are
            those less what a picture's own one is above it, which no point can change.
        """
        self._sees_labels, self._ease = False, ease

    def sight(self) -> Sight:
        """Give what can be known now."""
        if self._sight is None or self._sight.now != self.now:
            connected = self._probes.alive(self.now)
            quality = self._senses.quality(self.now, connected, self._probes.bytes_per_s())
            self._sight = Sight(
                now=self.now,
                link=quality,
                tail_slowdown=self._probes.tail_slowdown(),
            )
        return self._sight

    def results(self) -> Summary:
        """Give how the frames ended whose results have left by now."""
        return self.history.summary(self.now)

    def step(self, points: Points) -> Stepped:
        """Let the operating points hold for one step."""
        end = self.now + STEP
        sight = self.sight()
        alive = sight.link.connected
        self._senses.begin_step(self.now)
        self._probes.step(self.now, end, sight.link)
        ends, worths = [], []
        count = len(self.worlds)
        total, frames = np.zeros(count), np.zeros(count, np.int64)
        while (active := self._next < end).any():
            found = self._flow.frame(active, self._next, points, alive)
            worth = np.where(found.taken, self._worth(found), 0.0)
            self._take_note(found)
            total += worth
            frames += found.taken
            ends.append(found)
            worths.append(worth)
            late = 1 + CAMERA_SPREAD * self._camera.standard_normal(count)
            self._next = np.where(active, self._next + late * self.worlds.period, self._next)
        self.now = end
        return Stepped(total, frames, ends, worths)

    def energy(self, ends: Ends) -> np.ndarray:
        """Give the energy of frames, J."""
        limit = self.worlds.deadline
        airtime = np.minimum(ends.airtime, limit)
        rate = 8 * ends.wire_bytes / np.maximum(airtime, 1e-9)
        wait = np.minimum(ends.wait, limit)
        return self._energy.of_frame(
            ends.computing, ends.wire_bytes, np.maximum(rate, 1.0), wait, ends.tail
        )

    def _worth(self, ends: Ends) -> np.ndarray:
        return reward(
            self.worlds.preferences,
            self._reference,
            right=self._right(ends),
            latency=ends.latency,
            joules=self.energy(ends),
            wire_bytes=ends.serialised,
        )

    def _right(self, ends: Ends) -> np.ndarray:
        if self._sees_labels:
            return ends.right
        return ends.chance - (ends.ease - self._ease if self._ease else 0.0)

    def _take_note(self, ends: Ends) -> None:
        self.history.note(
            ends.taken, at=ends.at, outcome=ends.outcome, exit=ends.exit, split=ends.split,
            margin=ends.margin, total=ends.latency, head=ends.head, wire_bytes=ends.serialised,
            queue=ends.queue, score=ends.score,
        )  # fmt: skip
        if ends.sent.any():
            self._senses.offload(
                ends.sent, ends.wire_bytes, ends.airtime, ends.sent_at, ends.heard, ends.lost
            )


def _references(profile: Profile, energy: EnergyModel, worlds: Worlds) -> References:
    each = [references(profile, energy, float(slow)) for slow in worlds.head_slowdown]
    return References(np.array([one.joules for one in each]), each[0].wire_bytes)
