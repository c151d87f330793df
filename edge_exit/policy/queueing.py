"""How long frames wait for those sent before them."""

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
    if not rate > 0:
        return np.zeros(np.broadcast_shapes(np.shape(share), np.shape(transfer)))
    with np.errstate(divide='ignore', invalid='ignore', over='ignore'):
        load = rate * np.asarray(share) * transfer
        waits = load * np.maximum(transfer - 1 / rate, 0.0)
        return np.where(load < 1, waits / (2 * (1 - load)), np.inf)
