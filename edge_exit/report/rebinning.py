"""Fewer bins where there is little room, and shares over enough frames to mean something."""

from statistics import median

_SUMMED = ('exited', 'offloaded', 'fallback', 'judged', 'right', 'late', 'bytes')
_MIDDLE = ('latency_ms_p50',)
_MOST = ('latency_ms_p99',)
_LINK = ('connected', 'goodput_mbps', 'rtt_ms', 'loss')


def rebinned(run: dict, most: int) -> dict:
    """Put timeline and link quality of a run into at most so many bins.

    :returns: bin_s, t_s and the lists of both; the 99th percentile is the largest of those put
        together, other figures of latency and link are medians.
    """
    timeline, link = run['timeline'], run['link_quality']
    bins = len(timeline['t_s'])
    factor = -(-bins // most)
    groups = [slice(first, first + factor) for first in range(0, bins, factor)]
    rows = {**{name: timeline[name] for name in (*_SUMMED, *_MIDDLE, *_MOST)}}
    rows |= {name: link[name] for name in _LINK}
    return {
        'bin_s': timeline['bin_s'] * factor,
        't_s': timeline['t_s'][::factor],
        **{
            name: [_together(name, values[some]) for some in groups]
            for name, values in rows.items()
        },
    }


def rolled(binned: dict, fewest: int) -> tuple[list[float], list[float | None]]:
    """Give the share of right answers in stretches of at least so many judged frames.

    :returns: edges of the stretches, one more than shares; a share is None where nothing is judged.
    """
    edges, shares = [binned['t_s'][0]], []
    right = judged = 0
    last = len(binned['t_s']) - 1
    for index, start in enumerate(binned['t_s']):
        right, judged = right + binned['right'][index], judged + binned['judged'][index]
        if judged >= fewest or index == last:
            edges.append(start + binned['bin_s'])
            shares.append(right / judged if judged else None)
            right = judged = 0
    return edges, shares


def _together(name: str, values: list):
    if name in _SUMMED:
        return sum(values)
    known = [value for value in values if value is not None]
    if not known:
        return None
    return max(known) if name in _MOST else median(known)
