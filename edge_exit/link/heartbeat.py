"""Whether a tail is there: heard from lately, and with the robot's model."""

import math
from dataclasses import dataclass

# Share of a period by which a beat may be late before the tail counts as gone: one lost beat of a
# radio link is forgiven, two are not.
MISSED_AFTER = 2.5


@dataclass(frozen=True, slots=True)
class Beat:
    """One heartbeat of a tail.

    :ivar session: drawn at random when the tail started.
    :ivar period: time between two beats, s.
    :ivar queue: frames waiting there.
    :ivar load: share of the last second in which its network ran, [0, 1].
    :ivar service: time of each segment with its exit, s; NaN where it has not measured any.
    """

    session: int
    model_id: str
    period: float
    queue: int
    load: float
    service: tuple[float, ...]


class Heartbeat:
    """The heartbeat of one tail as a robot with a certain model hears it.

    Beats may be read by another thread than the one that hears them.
    """

    def __init__(self, model_id: str) -> None:
        self._model_id = model_id
        self._last: tuple[Beat, float] | None = None
        self.restarts = 0

    @property
    def beat(self) -> Beat | None:
        """The last beat."""
        last = self._last
        return last and last[0]

    def hear(self, beat: Beat, now: float) -> None:
        """Note a beat; a new session of the tail counts as a restart."""
        before = self.beat
        if before is not None and before.session != beat.session:
            self.restarts += 1
        self._last = (beat, now)

    def state(self, now: float) -> str:
        """Say how the tail is: "alive", "silent", "never heard" or "another model"."""
        last = self._last
        if last is None:
            return 'never heard'
        beat, heard = last
        if now - heard > MISSED_AFTER * beat.period:
            return 'silent'
        return 'alive' if beat.model_id == self._model_id else 'another model'

    def alive(self, now: float) -> bool:
        """Say whether frames may be sent to it."""
        return self.state(now) == 'alive'


def possible(beat: Beat) -> bool:
    """Say whether a beat's numbers are ones that a tail can have."""
    return (
        math.isfinite(beat.period)
        and 0.01 <= beat.period <= 10
        and math.isfinite(beat.load)
        and all(math.isnan(time) or 0 <= time < 1e3 for time in beat.service)
    )
