"""The way of one frame in each of many worlds: robot, link, tail, answer, deadline.

The steps are those of a real robot, see docs/architecture.md. Everything that was decided for a
frame is known when it is taken, as queues keep their order: its end may lie in the future.
"""

from dataclasses import dataclass, field, fields

import numpy as np

from edge_exit.inference.frame import SAFETY, SPARE
from edge_exit.inference.outcome import Outcome
from edge_exit.simulation.capacity import Capacity
from edge_exit.simulation.chance import Alike
from edge_exit.simulation.costs import (
    ANSWER_BYTES,
    Costs,
    wire_size,
)
from edge_exit.simulation.outcomes import OutcomeTable
from edge_exit.simulation.patience import Patiences
from edge_exit.simulation.points import Points
from edge_exit.simulation.robots import Workers
from edge_exit.simulation.worlds import Worlds

# Relative spread of the time that the same work takes.
SPREAD = 0.05
# What the queue before a link holds, bits; a message that does not fit is lost.
QUEUE_BITS = 8e6


@dataclass(frozen=True, slots=True)
class Ends:
    """How one frame of each world ended, arrays (B,), times in s.

    :ivar taken, dropped: whether there was a frame, and what became of it, bool.
    :ivar at: when its result leaves the head.
    :ivar computing: by the robot, finishing alone included.
    :ivar serialised, airtime, wait: bytes sent, how long the link took for them, and from their
        last bit to the answer; 0 for a frame that stayed.
    :ivar chance: that the answer is right, by how sure it is and how far that is to be believed.
    :ivar ease: that of the last exit's answer on the robot.
    :ivar missed: it was not finished by its deadline: the best belief by then had to do.
    """

    taken: np.ndarray
    dropped: np.ndarray
    at: np.ndarray
    outcome: np.ndarray
    exit: np.ndarray
    split: np.ndarray
    margin: np.ndarray
    score: np.ndarray
    right: np.ndarray
    chance: np.ndarray
    ease: np.ndarray
    queue: np.ndarray
    latency: np.ndarray
    head: np.ndarray
    computing: np.ndarray
    tail: np.ndarray
    sent: np.ndarray
    serialised: np.ndarray
    wire_bytes: np.ndarray
    airtime: np.ndarray
    wait: np.ndarray
    sent_at: np.ndarray
    heard: np.ndarray
    lost: np.ndarray
    missed: np.ndarray

    def of(self, rows: np.ndarray) -> 'Ends':
        """Give those of some worlds."""
        return Ends(*(getattr(self, field.name)[rows] for field in fields(self)))


@dataclass(slots=True)
class _Way:
    """A frame under way, arrays (B,): what the parts below have found so far.

    :ivar due: its deadline, s.
    :ivar exit, split, sent: where it leaves, after how many segments it is sent, and whether.
    :ivar head: computing on the robot until it leaves or is sent, s; `done` is when that is.
    :ivar best: the exit that has spoken last by the deadline if nothing more comes, -1 if none.
    :ivar ran: computing on the robot before it was sent or left, or was given up, s.
    """

    points: Points
    taken: np.ndarray
    dropped: np.ndarray
    picture: np.ndarray
    arrival: np.ndarray
    start: np.ndarray
    due: np.ndarray
    speed: np.ndarray
    exit: np.ndarray
    split: np.ndarray
    sent: np.ndarray
    head: np.ndarray = field(init=False)
    done: np.ndarray = field(init=False)
    best: np.ndarray = field(init=False)
    ran: np.ndarray = field(init=False)


@dataclass(frozen=True, slots=True)
class _Sending:
    """What became of the frames that were sent, arrays (B,), times in s.

    :ivar serialised, wire_bytes: bytes of the message, and of the packets that carry it.
    :ivar through: when the link has taken its last bit.
    :ivar answer: when the answer is back; `heard` when anything is; infinity if never.
    """

    serialised: np.ndarray
    wire_bytes: np.ndarray
    airtime: np.ndarray
    through: np.ndarray
    answer: np.ndarray
    heard: np.ndarray
    tail: np.ndarray
    lost: np.ndarray


class Flow:
    """The state of B robots, links and tails between frames.

    :param overhead_bytes: serialised bytes of a message beside what is coded.
    """

    def __init__(
        self,
        table: OutcomeTable,
        costs: Costs,
        worlds: Worlds,
        links: Capacity,
        random: Alike,
        overhead_bytes: int,
    ) -> None:
        count = len(worlds)
        self.workers = Workers(count)
        self.link_bits = np.zeros(count)
        self._patience = Patiences(count, *table.sent_bytes.shape[1:])
        self._table, self._costs, self._worlds, self._links = table, costs, worlds, links
        self._random, self._overhead = random, overhead_bytes
        self._chances, self._tail_chances = chances(table)
        self._rows = np.arange(count)
        self._link_free = np.zeros(count)
        self._arrived = np.zeros(count)
        self._tail_free = np.zeros(count)
        self._released = np.zeros(count)

    def frame(
        self, active: np.ndarray, arrival: np.ndarray, points: Points, alive: np.ndarray
    ) -> Ends:
        """Let an image arrive in the worlds that are active.

        :param points: operating points, clamped.
        :param alive: whether the head believes that a tail is there.
        """
        worlds = self._worlds
        self.workers.catch_up(arrival, active)
        start = np.maximum(arrival, self.workers.free)
        # The next image takes its place in the mailbox, or its time is over before it is taken.
        dropped = active & (start - arrival >= np.minimum(worlds.period, worlds.deadline))
        taken = active & ~dropped
        picture = self._random.integers(len(self._table), len(arrival))
        speed = worlds.head_slowdown * self._noise()
        exit_, split, sent = self._where(picture, points, alive & points.offload)
        way = _Way(
            points, taken, dropped, picture, arrival, start, arrival + worlds.deadline, speed,
            exit_, split, sent & taken,
        )  # fmt: skip
        self._compute(way)
        stops = self._by_deadline(way)
        self.workers.free = np.where(taken, stops, self.workers.free)
        sending = self._send(way)
        way.ran = np.where(way.sent, way.head, stops - start)
        return self._end(way, sending)

    def _noise(self) -> np.ndarray:
        return np.exp(SPREAD * self._random.standard_normal(len(self._rows)))

    def _where(self, picture, points, may) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """Say at which exit a frame leaves, after how many segments it is sent, and whether."""
        margins = self._table.margins[picture]
        exits = margins.shape[1]
        sure = margins >= points.exit_threshold[:, np.newaxis]
        sure[:, -1] = True
        exit_ = sure.argmax(axis=1)
        split = points.split
        if exits > 2:
            slow = np.diff(margins, axis=1)[:, :-1] < points.growth_threshold[:, np.newaxis]
            split = np.where(slow.any(axis=1), np.minimum(slow.argmax(axis=1) + 2, split), split)
        sent = may & (split <= exit_)
        return exit_, split, sent

    def _compute(self, way: _Way) -> None:
        """Compute on the robot until the frame leaves or is sent."""
        ran = np.where(way.sent, way.split, np.minimum(way.exit + 1, self._worlds.held))
        costs = self._costs
        sending = np.where(way.sent, costs.sending[way.split, way.points.level], 0.0)
        way.head = way.speed * (costs.overhead - costs.around + costs.until[ran] + sending)
        way.done = way.start + way.head + way.speed * costs.around

    def _send(self, way: _Way) -> _Sending:
        """Send what must be sent, and let the tail answer."""
        worlds, sent, done = self._worlds, way.sent, way.done
        coded = self._table.sent_bytes[way.picture, way.split, way.points.level]
        serialised = np.where(sent, coded + self._overhead, 0)
        wire, frames = wire_size(serialised)
        carried = self._links.carried(done)
        full = self.link_bits - carried + 8 * wire > QUEUE_BITS
        lost = sent & (self._random.random(len(sent)) > (1 - worlds.loss) ** (frames + 1))
        goes = sent & ~full
        begins = np.maximum(done, np.where(np.isfinite(self._link_free), self._link_free, done))
        through_bits = np.maximum(self.link_bits, carried) + 8 * wire
        through = self._links.when(through_bits)
        self.link_bits = np.where(goes, through_bits, self.link_bits)
        self._link_free = np.where(goes, through, self._link_free)
        arrives = self._delayed(through)
        answer, heard, tail = self._answer(way, arrives, goes & ~lost)
        return _Sending(
            serialised=serialised,
            wire_bytes=np.where(sent, wire, 0.0),
            airtime=np.where(np.isfinite(through), through, np.inf) - begins,
            through=through,
            answer=answer,
            heard=heard,
            tail=tail,
            lost=lost | (sent & full),
        )

    def _delayed(self, through: np.ndarray) -> np.ndarray:
        """Give when messages arrive at the tail; they keep their order."""
        jitter = self._worlds.jitter * self._random.exponential(len(through))
        known = np.where(np.isfinite(through), through, 0.0)
        return np.maximum(through + self._links.rtt(known) / 2 + jitter, self._arrived)

    def _answer(self, way: _Way, arrives: np.ndarray, goes: np.ndarray) -> tuple[np.ndarray, ...]:
        """Let the tail go on with frames; give when answers are back, and its computing, s.

        Before the computing comes when anything is back: a frame that is too late is turned back.
        """
        worlds, costs, points = self._worlds, self._costs, way.points
        said = self._table.tail_margins[way.picture, way.split, points.level]
        sure = said >= points.exit_threshold[:, np.newaxis]
        sure &= np.arange(said.shape[1]) >= way.split[:, np.newaxis]
        sure[:, -1] = True
        leaves = sure.argmax(axis=1)
        way.exit = np.where(way.sent, leaves, way.exit)
        segments = costs.until[leaves + 1] - costs.until[way.split]
        decoding = costs.decoding[way.split, points.level]
        tail = worlds.tail_slowdown * self._noise() * (segments + decoding)
        here = goes & np.isfinite(arrives)
        arrives = np.where(here, arrives, 0.0)
        begins = np.maximum(arrives, self._tail_free)
        served = here & (begins - arrives <= way.due - way.done)
        took = np.where(served, tail + worlds.tail_slowdown * costs.answering, 0.0)
        ready = np.where(here, begins + took, 0.0)
        self._arrived = np.where(here, arrives, self._arrived)
        self._tail_free = np.where(served, ready, self._tail_free)
        back = self._links.when(self._links.carried(ready) + 8 * wire_size(ANSWER_BYTES)[0])
        jitter = worlds.jitter * self._random.exponential(len(back))
        back = back + self._links.rtt(ready) / 2 + jitter
        heard = np.where(here, back, np.inf)
        return np.where(served, heard, np.inf), heard, np.where(served, tail, 0.0)

    def _end(self, way: _Way, sending: _Sending) -> Ends:
        """Let the frame leave: answered, finished alone, or with the best belief by then."""
        answer, sent, taken, done = sending.answer, way.sent, way.taken, way.done
        alone_exit, alone_at, alone_took = self._alone(way, answer)
        answered = sent & (answer <= np.minimum(way.due, alone_at))
        finished = sent & ~answered & (alone_at <= way.due)
        own = ~sent & (done <= way.due)
        exit_ = np.select([answered, finished, own], [way.exit, alone_exit, way.exit], way.best)
        # A robot that does not hold the exit which would let the frame go stays with its best.
        exhausted = own & (way.exit >= self._worlds.held)
        exit_ = np.where(exhausted, self._worlds.held - 1, exit_)
        at = np.select([answered, finished, own], [answer, alone_at, done], way.due)
        at = np.where(taken, np.maximum(at, self._released), 0.0)
        self._released = np.where(taken, at, self._released)
        outcome = np.select([answered, own & ~exhausted], [Outcome.OFFLOADED, Outcome.EXITED])
        outcome = np.where(outcome == 0, Outcome.FALLBACK, outcome)
        right, margin, score, chance = self._judged(way, answered, exit_)
        wait = np.minimum(np.where(answered, answer, at), at) - sending.through
        return Ends(
            taken=taken, dropped=way.dropped, at=at, outcome=outcome, exit=exit_,
            split=np.where(sent, way.split, self._table.exits),
            margin=margin, score=score, right=right,
            chance=chance, ease=self._chances[way.picture, -1],
            queue=way.start - way.arrival, latency=at - way.arrival,
            head=np.where(sent, way.head, np.minimum(way.head, np.maximum(at - way.start, 0.0))),
            computing=way.ran + alone_took, tail=sending.tail,
            sent=sent, serialised=sending.serialised, wire_bytes=sending.wire_bytes,
            airtime=np.where(sent, sending.airtime, 0.0),
            wait=np.where(sent, np.maximum(wait, 0.0), 0.0), sent_at=done,
            heard=sending.heard,
            lost=sending.lost, missed=taken & ~(answered | finished | own),
        )  # fmt: skip

    def _alone(self, way: _Way, answer: np.ndarray) -> tuple[np.ndarray, ...]:
        """Let the robot finish sent frames alone whose answer is late: exit, end, time taken."""
        costs, held, points = self._costs, self._worlds.held, way.points
        head, done = way.head, way.done
        margins = self._table.margins[way.picture]
        sure = margins >= points.exit_threshold[:, np.newaxis]
        places = np.arange(margins.shape[1])
        sure &= places >= way.split[:, np.newaxis]
        sure |= places == held[:, np.newaxis] - 1
        exit_ = np.maximum(sure.argmax(axis=1), way.split)
        rest = way.speed * np.maximum(costs.until[held] - costs.until[way.split], 0.0)
        latest = way.due - SAFETY * (rest + head) - SPARE
        usual = done + self._patience.usual(way.split, points.level)
        wanted = np.minimum(done + self._patience.wait(way.split, points.level), latest)
        self._patience.learn(np.where(way.sent, answer - done, np.inf), way.split, points.level)
        # The image that came last may keep the worker busy when the time has come.
        into = np.mod(wanted - way.arrival, self._worlds.period)
        begins = wanted + np.maximum(head - into, 0.0)
        in_vain = (latest <= done) | ((latest <= usual) & (usual <= way.due))
        able = way.sent & (held > way.split) & ~in_vain & (begins + rest < way.due)
        does = able & (answer > begins)
        takes = way.speed * (costs.until[np.minimum(exit_ + 1, held)] - costs.until[way.split])
        ends = np.where(does, begins + takes, np.inf)
        # An answer that comes meanwhile ends it at the next segment's border.
        left = np.clip(answer - begins + takes / 2, 0.0, takes)
        spent = np.where(does, np.where(answer < ends, left, takes), 0.0)
        if does.any():
            self.workers.put_off(does, begins, spent)
        return exit_, ends, spent

    def _by_deadline(self, way: _Way) -> np.ndarray:
        """Find the best belief by the deadline if nothing more comes; give when the worker is free.

        It stops at the next border of a segment once the result has left.
        """
        done, costs, until = way.done, self._costs, self._costs.until
        spoken = way.start[:, np.newaxis] + np.outer(way.speed, costs.overhead + until[1:])
        ran = (spoken <= way.due[:, np.newaxis]).sum(axis=1)
        border = spoken[self._rows, np.minimum(ran, len(until) - 2)]
        stops = np.where(done > way.due, np.minimum(done, np.maximum(border, way.due)), done)
        most = np.where(way.sent, way.split, np.minimum(way.exit + 1, self._worlds.held))
        way.best = np.minimum(ran, most) - 1
        return stops

    def _judged(self, way: _Way, answered: np.ndarray, exit_: np.ndarray) -> tuple[np.ndarray, ...]:
        """Give correctness, margin, score and chance; without any exit they are nothing."""
        table, place, spoke = self._table, np.maximum(exit_, 0), exit_ >= 0
        here, there = (way.picture, place), (way.picture, way.split, way.points.level, place)
        right = np.where(answered, table.tail_right[there], table.right[here])
        margin = np.where(answered, table.tail_margins[there], table.margins[here])
        score = np.where(answered, table.tail_scores[there], table.scores[here])
        chance = np.where(answered, self._tail_chances[there], self._chances[here])
        return right & spoke, *(np.where(spoke, one, 0.0) for one in (margin, score, chance))


def chances(table: OutcomeTable) -> tuple[np.ndarray, np.ndarray]:
    """Give how probably each answer is right, as `scores` and `tail_scores`.

    Beliefs after coarse coding are surer than they should be: each exit, split and level is taken
    down, or up, to the share of right answers that it really has.
    """

    def fair(scores: np.ndarray, right: np.ndarray) -> np.ndarray:
        return np.clip(scores * (right.mean(axis=0) / np.maximum(scores.mean(axis=0), 1e-6)), 0, 1)

    return fair(table.scores, table.right), fair(table.tail_scores, table.tail_right)
