"""How long frames wait for those sent before them."""

import math

import numpy as np


def queueing(rate: float, share, transfer):
    """Predict how long a frame waits for the link: a Geo/D/1 queue; numbers or arrays, s.

    A camera gives one frame a period, each is sent with the same probability, and all take as long.
    A transfer within one period never lets the next frame wait.

    :param rate: frames a second; 0 if it is not known, and then nothing waits.
    :param share: of them that are sent.
    :param transfer: time that the link takes for one, s.
    :returns: infinity where the link does not carry so many.
    """
    if isinstance(share, int | float) and isinstance(transfer, float):
        return _of_one(rate, share, transfer)
    if not rate > 0:
        return np.zeros(np.broadcast_shapes(np.shape(share), np.shape(transfer)))
    with np.errstate(divide='ignore', invalid='ignore', over='ignore'):
        load = rate * np.asarray(share) * transfer
        waits = load * np.maximum(transfer - 1 / rate, 0.0)
        return np.where(load < 1, waits / (2 * (1 - load)), np.inf)


def _of_one(rate: float, share: float, transfer: float) -> float:
    """Predict for one choice: numpy takes ten times as long."""
    if not rate > 0:
        return 0.0
    load = rate * share * transfer
    if not load < 1:
        return math.inf
    return load * max(transfer - 1 / rate, 0.0) / (2 * (1 - load))
