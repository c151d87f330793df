"""When a policy chooses anew: no ROS, and no clock of its own."""

import math

# Share of the period after which a choice may come if a frame has just left. While frames leave
# that are not much further apart than choices, the next one is waited for so much longer than the
# period, or than the last one took to come.
EARLY, LATE = 0.75, 1.5
FURTHEST = 2.0
# But for no longer than this, s: a head takes a policy that is silent for gone.
LONGEST = 0.5


class Rhythm:
    """Puts regular choices where a robot has time for them: right after a frame has left.

    A choice takes a millisecond of a fast core. On a slow one an image that comes meanwhile would
    wait for it, or find its caches cold; between a result and the next image nothing does.
    """

    def __init__(self) -> None:
        self._last = -math.inf
        self._result = -math.inf
        self._gap = 0.0

    def chosen(self, now: float) -> None:
        """Note any choice, regular or not."""
        self._last = now

    def after_result(self, now: float, period: float) -> bool:
        """Say whether to choose now that a frame has left.

        :param period: between regular choices, s.
        """
        self._gap, self._result = now - self._result, now
        return now - self._last >= EARLY * period

    def due(self, period: float) -> float:
        """Give when to choose at the latest; -infinity before the first choice."""
        if not 0 < self._gap <= FURTHEST * period:
            return self._last + period
        return self._last + max(period, min(LATE * max(period, self._gap), LONGEST))
