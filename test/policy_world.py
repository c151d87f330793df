"""A small world for tests of policies: a bundle's profile with counted answers, and a link.

Three segments of 10 ms. Of the pictures 60 % are easy: the exits differ in what they let go. What
is sent with level 0 is answered as well as on board, with level 1 a little worse.
"""

from dataclasses import replace

import numpy as np
from hypothesis import strategies as st

from edge_exit.inference.outcome import Outcome
from edge_exit.link.quality import LinkQuality
from edge_exit.policy.answers import Answers
from edge_exit.policy.ended import Ended
from edge_exit.policy.interface import Observation, Outcomes, Settings, TailState
from edge_exit.policy.preference import Preference
from edge_exit.policy.profile import Profile

THRESHOLDS = (0.0, 0.5, 0.9, 2.0)
LEFT = np.array([[1.0, 0, 0], [0.7, 0.2, 0.1], [0.5, 0.25, 0.25], [0, 0, 1.0]])
RIGHT = np.array([[0.75, 0, 0], [0.65, 0.14, 0.06], [0.49, 0.23, 0.2], [0, 0, 0.93]])
SENT = (
    (0.9, 0.91, 0.91, 0.91),
    (0.0, 0.2, 0.43, 0.93),
    (0.0, 0.06, 0.2, 0.93),
)


def _table(rows: np.ndarray) -> tuple:
    return tuple(map(tuple, rows.tolist()))


ANSWERS = Answers(
    thresholds=THRESHOLDS,
    left=_table(LEFT),
    right=_table(RIGHT),
    sent=tuple((row, tuple(0.97 * value for value in row)) for row in SENT),
    kept=((0.0,) * 4, (0.0, 0.12, 0.3, 0.75), (0.0, 0.05, 0.16, 0.9)),
)
PROFILE = Profile(
    segment_times=(0.01, 0.01, 0.01),
    split_bytes=((4000, 2000), (2000, 500), (1500, 400)),
    exit_accuracy=(0.75, 0.9, 0.93),
    split_accuracy=((0.91, 0.88), (0.93, 0.9), (0.93, 0.9)),
    answers=ANSWERS,
)
FAST_TAIL = TailState(service=(0.001,) * 3)

# Whatever a link and a tail may be said to be.
ANY_FLOAT = st.floats(allow_nan=True, allow_infinity=True)
ANY_LINK = st.builds(
    LinkQuality,
    connected=st.booleans(),
    goodput_bps=ANY_FLOAT,
    goodput_age=ANY_FLOAT,
    rtt=ANY_FLOAT,
    jitter=ANY_FLOAT,
    loss=ANY_FLOAT,
)
ANY_TAIL = st.builds(
    TailState,
    service=st.lists(ANY_FLOAT, max_size=5).map(tuple),
    queue=st.integers(0, 2**32 - 1),
    load=ANY_FLOAT,
)


def seen(rate_mbps: float, *, rtt: float = 0.005, loss: float = 0.0, **changes) -> Observation:
    """Give what a policy sees of a link that carries so much."""
    link = LinkQuality(
        connected=True, goodput_bps=1e6 * rate_mbps, rtt=rtt, jitter=0.001, loss=loss
    )
    observation = Observation(profile=PROFILE, link=link, tail=FAST_TAIL)
    return replace(observation, **changes)


def wants(accuracy=1.0, latency=1.0, energy=1.0, bandwidth=1.0, budget=0.1, **settings) -> Settings:
    """Give settings with these weights; every codec level is allowed."""
    preference = Preference(accuracy, latency, energy, bandwidth, budget)
    return Settings(**{'codec_level': 0} | settings | {'preference': preference})


def ended(at: float, **changes) -> Ended:
    """Give a frame that took 20 ms on the robot and left at its first exit."""
    frame = Ended(
        at=at,
        outcome=Outcome.EXITED,
        exit=0,
        split=3,
        margin=0.9,
        total=0.02,
        head=0.02,
        wire_bytes=0,
    )
    return replace(frame, **changes)


def after(observation: Observation, *frames: Ended, now: float | None = None) -> Observation:
    """Give the same after frames have ended."""
    when = frames[-1].at if now is None else now
    return replace(observation, outcomes=Outcomes(recent=frames), now=when)
