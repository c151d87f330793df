"""How busy a tail was of late."""

from collections import deque

# Over the last so many seconds.
WINDOW = 1.0


class Load:
    """Share of the last second in which the network ran.

    :param now: when it begins to serve, s.
    """

    def __init__(self, now: float) -> None:
        self._busy: deque[tuple[float, float]] = deque([(now, 0.0)])

    def share(self, now: float, busy: float) -> float:
        """Give it, and remember for later.

        :param busy: time that the network ran since the begin, s.
        """
        self._busy.append((now, busy))
        while len(self._busy) > 2 and self._busy[1][0] <= now - WINDOW:
            self._busy.popleft()
        before, busy_before = self._busy[0]
        return min((busy - busy_before) / max(now - before, 1e-3), 1.0)
