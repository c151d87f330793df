"""Which numbers of a counted stream were seen before, in bounded memory."""

from collections import OrderedDict

# Frames may overtake each other on the way, but never by so many.
WINDOW = 256


class Repeats:
    """Remembers the last numbers of each session; what is older than its window counts as seen.

    :param sessions: how many sessions are remembered; the one silent longest is forgotten.
    """

    def __init__(self, sessions: int) -> None:
        self._sessions = sessions
        self._seen: OrderedDict[tuple[str, int], tuple[int, int]] = OrderedDict()

    def is_new(self, head: str, session: int, sequence: int) -> bool:
        """Say whether this number comes for the first time, and remember it."""
        newest, bits = self._seen.pop((head, session), (sequence - 1, 0))
        ahead = sequence - newest
        if ahead > 0:
            bits = (bits << min(ahead, WINDOW) | 1) & ((1 << WINDOW) - 1)
            newest, new = sequence, True
        else:
            new = -ahead < WINDOW and not bits >> -ahead & 1
            bits |= 1 << -ahead if new else 0
        self._seen[head, session] = newest, bits
        if len(self._seen) > self._sessions:
            self._seen.popitem(last=False)
        return new
