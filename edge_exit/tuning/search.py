"""Finds the best of many tries: all on a short stretch first, then the best on the whole half."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace

from edge_exit.errors import ConfigError
from edge_exit.tuning.trying import Errand, Tried

# What is made as small as possible, by its name on the command line.
GOALS = {
    'energy': 'energy_j_per_frame',
    'latency': 'latency_ms_mean',
    'bytes': 'bytes_per_frame',
}
# Of the tries on the short stretch so many go on, and the stretch is this share of the half.
KEPT, STRETCH = 8, 0.34
# A half that is not longer needs no short stretch, s.
SHORT = 20.0


@dataclass(frozen=True, slots=True)
class Wish:
    """What the user wants.

    :ivar max_loss: share of right answers that may be lost against the whole network.
    :ivar latency_ms: that 9 in 10 frames must keep.
    :ivar goal: one of GOALS.
    """

    max_loss: float
    latency_ms: float
    goal: str

    def violated(self, tried: Tried) -> float:
        """Say by how much a try is not good enough; 0 if it is."""
        loss = max(tried.loss - self.max_loss, 0.0) / 0.01
        late = max(tried.figures['latency_ms_p90'] / self.latency_ms - 1, 0.0)
        missed = max(tried.figures['deadline_miss_rate'] - 0.01, 0.0)
        return loss + late + missed

    def rank(self, tried: Tried) -> tuple[float, float, float]:
        """Give what sorts tries, the best first."""
        figures = tried.figures
        return self.violated(tried), figures[GOALS[self.goal]], figures['latency_ms_mean']


def search(
    errands: Sequence[Errand], wish: Wish, work: Callable[[Sequence[Errand]], Iterable[Tried]]
) -> list[Tried]:
    """Try all, and give those of the whole half, the best first.

    :param errands: all on the same half.
    :param work: does errands, in their order.
    """
    errands = list(errands)
    length = errands[0].end - errands[0].begin
    if length > SHORT and len(errands) > KEPT:
        stretch = max(STRETCH * length, SHORT)
        short = [_shorter(errand, stretch) for errand in errands]
        found = sorted(zip(work(short), errands, strict=True), key=lambda pair: wish.rank(pair[0]))
        errands = [errand for _, errand in found[:KEPT]]
    return sorted(work(errands), key=wish.rank)


def best_of(ranked: Sequence[Tried], wish: Wish) -> Tried:
    """Give the best try.

    :raises ConfigError: if none is good enough; says how near the nearest came.
    """
    best = ranked[0]
    if wish.violated(best) == 0:
        return best
    raise ConfigError(
        f'nothing that was tried keeps to {100 * wish.max_loss:g} points of loss and '
        f'{wish.latency_ms:g} ms for 9 in 10 frames; the nearest, {described(best)}, loses '
        f'{100 * best.loss:.2f} points with {best.figures["latency_ms_p90"]:.1f} ms: '
        'ask for less, or give another bundle, link or robot'
    )


def described(tried: Tried) -> str:
    """Say what was tried."""
    chosen = ', '.join(f'{name} {_short(value)}' for name, value in tried.what.chosen.items())
    return f'{tried.what.policy} ({chosen})' if chosen else tried.what.policy


def _short(value: object) -> str:
    return f'{value:g}' if isinstance(value, float) else str(value).lower()


def _shorter(errand: Errand, length: float) -> Errand:
    return replace(errand, end=errand.begin + length)
