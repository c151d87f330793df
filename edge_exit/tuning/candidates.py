"""What is worth a try: operating points by forecast, and policies with some preferences."""

from collections.abc import Iterator, Sequence
from dataclasses import replace

import numpy as np

from edge_exit.link.quality import LinkQuality
from edge_exit.parameters.preference import preference, stated_energy
from edge_exit.parameters.wishes import settings
from edge_exit.policy.forecast import Forecaster
from edge_exit.policy.interface import Observation, Outcomes, TailState
from edge_exit.policy.profile import Profile
from edge_exit.replay.plan import Plan
from edge_exit.tuning.trying import Try

# Weights of accuracy, latency, energy and bandwidth that are tried.
WEIGHTS = ((1, 1, 1, 1), (3, 1, 1, 0.3), (1, 3, 1, 0.3), (3, 1, 3, 1))
WEIGHING = ('energy_aware', 'learned', 'lyapunov')
# A link is looked at in so many moments.
_MOMENTS = 400
# Exit thresholds that are tried for one split and level; which, where a bundle counts none.
A_PLACE = 6
UNCOUNTED = (0.2, 0.4, 0.6, 0.8, 0.9, 2.0)


def candidates(
    profile: Profile,
    plan: Plan,
    *,
    max_loss: float,
    latency: float,
    rate: float,
    opening: float,
    points: int,
) -> list[Try]:
    """List what to try, the most promising first.

    :param max_loss: share of right answers that may be lost.
    :param latency: that 9 in 10 frames should keep, s.
    :param rate: images a second.
    :param opening: how long the reference machine takes to open one, s.
    :param points: operating points at most, beside those of a robot that works alone.
    """
    now = _seen(profile, plan, rate, plan.robot_slowdown * (opening - profile.opening))
    forecast = list(_points(now, plan, max_loss, latency))
    best = forecast[:points]
    # Whatever the forecast says: a link that is not used costs nothing.
    alone = [point for point in forecast[points:] if not point.chosen['offload']]
    return [*best, *alone, *_policies(best, profile, 1e3 * latency)]


def _seen(profile: Profile, plan: Plan, rate: float, opening: float) -> Observation:
    """Give what the robot would see on the link as it is half of the time."""
    service = tuple(plan.server_slowdown * time for time in profile.segment_times)
    return Observation(
        profile,
        link=link_of(plan),
        tail=TailState(service=service),
        head_slowdown=plan.robot_slowdown,
        opening=opening,
        outcomes=Outcomes(frames=1, rate=rate),
    )


def _points(now: Observation, plan: Plan, max_loss: float, latency: float) -> Iterator[Try]:
    """Give operating points by what is forecast: first where the best should run."""
    values = plan.values.policy
    wanted = replace(
        settings({**values, 'offload': True, 'codec_level': 0}),
        preference=replace(preference(values), latency_budget=latency),
        energy=stated_energy(values),
    )
    found = Forecaster().forecast(now, wanted)
    means = found.means
    lost = means.right.max() - means.right
    bad = 1000.0 * (lost > max_loss) * lost + 10.0 * (means.late > 0.1) * means.late + means.joules
    for row in np.argsort(bad.min(axis=1), kind='stable'):
        for threshold in _thresholds(found.thresholds, int(np.argmin(bad[row]))):
            yield Try('static', {**found.places[row]._asdict(), 'exit_threshold': threshold})


def _thresholds(counted: Sequence[float], best: int) -> Sequence[float]:
    """Give some exit thresholds around that of the forecast, which may not suit this bag."""
    if len(counted) < A_PLACE:  # the bundle has not counted what leaves at which
        return UNCOUNTED
    columns = np.linspace(max(best - 2, 0), len(counted) - 1, A_PLACE).round().astype(int)
    return [float(counted[column]) for column in dict.fromkeys(columns)]


def link_of(plan: Plan) -> LinkQuality:
    """Give the link as it is half of the time."""
    settings_, trace = plan.link, plan.link.trace
    rate, rtt = settings_.rate_bps, 2 * settings_.delay
    if trace is not None:
        times = plan.skipped + np.linspace(0, min(trace.duration, 600.0), _MOMENTS)
        rows = [trace.row(float(time)) for time in times]
        rate = float(np.median([row[0] for row in rows]))
        known = [row[1] for row in rows if np.isfinite(row[1])]
        rtt = float(np.median(known)) if known else rtt
    return LinkQuality(connected=True, goodput_bps=rate, goodput_age=0.0, rtt=rtt, jitter=0.0)


def _policies(points: Sequence[Try], profile: Profile, budget_ms: float) -> Iterator[Try]:
    """Give the policies that choose by themselves, some with several preferences."""
    thresholds = dict.fromkeys(point.chosen['exit_threshold'] for point in points)
    for threshold in list(thresholds)[:3]:
        yield Try('dynamic_split', {'exit_threshold': threshold})
    for policy in WEIGHING:
        if policy == 'learned' and not profile.policy:
            continue
        for accuracy, latency, energy, bandwidth in WEIGHTS:
            yield Try(
                policy,
                {
                    'accuracy_weight': float(accuracy),
                    'latency_weight': float(latency),
                    'energy_weight': float(energy),
                    'bandwidth_weight': float(bandwidth),
                    'latency_budget_ms': budget_ms,
                },
            )
