"""The worker of each robot: what is taken or dropped, and work that was put off till later."""

import numpy as np

# Sent frames that may wait to be finished alone at one time.
_PUT_OFF = 8


class Workers:
    """One worker thread in each of B worlds.

    A frame that is sent but not answered in time is finished alone. When that begins is known when
    the frame is sent, so the time is set aside then: the worker does it first when it comes to it.

    :ivar free: when it can take up something new, s, (B,).
    """

    def __init__(self, count: int) -> None:
        self.free = np.zeros(count)
        self._starts = np.full((count, _PUT_OFF), np.inf)
        self._takes = np.zeros((count, _PUT_OFF))
        self._rows = np.arange(count)

    def catch_up(self, arrivals: np.ndarray, active: np.ndarray) -> None:
        """Do what was put off and is due before an image that arrives is taken."""
        while True:
            first = self._starts.argmin(axis=1)
            start = self._starts[self._rows, first]
            due = active & (start <= np.maximum(arrivals, self.free))
            if not due.any():
                return
            done = np.maximum(self.free, start) + self._takes[self._rows, first]
            self.free = np.where(due, done, self.free)
            self._starts[self._rows[due], first[due]] = np.inf

    def put_off(self, which: np.ndarray, starts: np.ndarray, takes: np.ndarray) -> None:
        """Set time aside in the worlds `which`, (B,) bool; a full list forgets its last."""
        place = self._starts.argmax(axis=1)
        rows = self._rows[which]
        self._starts[rows, place[which]] = starts[which]
        self._takes[rows, place[which]] = takes[which]
