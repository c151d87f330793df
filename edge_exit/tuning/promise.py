"""What the parameters promise on one half of a bag, against what they do on the other."""

from collections.abc import Sequence

from edge_exit.tuning.search import Wish
from edge_exit.tuning.trying import PROMISED, Tried

# A promise is kept if nothing is worse by a larger share of it.
TOLERANCE = 0.05
# Where nearly nothing is promised, a share of it means nothing.
_LEAST = {
    'accuracy': 0.0,
    'latency_ms_mean': 1.0,
    'latency_ms_p90': 1.0,
    'energy_j_per_frame': 1e-4,
    'bytes_per_frame': 20.0,
    'deadline_miss_rate': 0.2,
}


def broken(promised: Tried, found: Tried, wish: Wish) -> list[str]:
    """Say in words what is worse than promised by more than TOLERANCE; empty if nothing is."""
    complaints = []
    for name, called in PROMISED.items():
        before, now = promised.figures[name], found.figures[name]
        worse = before - now if name == 'accuracy' else now - before
        if worse > TOLERANCE * max(before, _LEAST[name]):
            complaints.append(f'{called}: {before:.4g} promised, {now:.4g} found')
    if found.loss > wish.max_loss + TOLERANCE * promised.figures['accuracy']:
        complaints.append(f'loss: {100 * found.loss:.2f} points')
    return complaints


def beyond(found: Tried, wish: Wish) -> list[str]:
    """Say that the second half loses more than was asked for, though not more than TOLERANCE."""
    if found.loss <= wish.max_loss:
        return []
    return [
        f'the second half loses {100 * found.loss:.2f} points, more than the '
        f'{100 * wish.max_loss:g} asked for: in a longer recording chance counts for less'
    ]


def table(rows: Sequence[tuple[str, Tried]]) -> str:
    """Show tries side by side, one a line."""
    heads = ['', 'right', 'loss', 'mean ms', 'p90 ms', 'mJ', 'bytes', 'missed']
    lines = [heads, *([name, *_cells(tried)] for name, tried in rows)]
    widths = [max(map(len, column)) for column in zip(*lines, strict=True)]
    return '\n'.join(
        '  '.join([line[0].ljust(widths[0]), *map(str.rjust, line[1:], widths[1:])])
        for line in lines
    )


def _cells(tried: Tried) -> list[str]:
    figures = tried.figures
    return [
        f'{figures["accuracy"]:.2%}',
        f'{100 * tried.loss:+.2f}',
        f'{figures["latency_ms_mean"]:.1f}',
        f'{figures["latency_ms_p90"]:.1f}',
        f'{1e3 * figures["energy_j_per_frame"]:.1f}',
        f'{figures["bytes_per_frame"]:.0f}',
        f'{figures["deadline_miss_rate"]:.2%}',
    ]
