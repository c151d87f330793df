"""How long each policy takes for a decision, in the process of the policy node.

    python benchmarks/decision_time.py [BUNDLE ...]

What a policy observes is drawn anew each time: a link, a robot and results as they vary in use.
First each policy decides again and again, which finds its code in the caches (`again_us`); then all
take turns, so that each finds there what the others left, as a robot that does other things between
two decisions does.
"""

import argparse
import time
from statistics import median

import numpy as np
import report

from edge_exit import bundle as bundles
from edge_exit.link.quality import LinkQuality
from edge_exit.policy import registry
from edge_exit.policy.interface import Observation, Outcomes, Policy, Settings, TailState
from edge_exit.policy.profile import Profile, profile_of

ROUNDS = 1000
WARM = 50
SETTINGS = Settings(deadline=0.2)


def main() -> None:
    """Measure the policies with each bundle."""
    parser = argparse.ArgumentParser(description=__doc__.split('\n\n', 1)[0])
    parser.add_argument('bundles', nargs='*', default=['cifar10', 'objects20'])
    rows = [row for name in parser.parse_args().bundles for row in rows_of(name)]
    report.write(
        'decision_time',
        rows,
        threads=1,
        rounds=ROUNDS,
        to_reach={'learned': 'median_us <= 200'},
    )


def rows_of(name: str) -> list[dict]:
    """Measure all policies with one bundle."""
    profile, random = profile_of(bundles.load(name)), np.random.default_rng(0)
    policies = {policy: registry.make(policy) for policy in registry.POLICIES}
    observations = [drawn(profile, random) for _ in range(WARM + ROUNDS)]
    again = {
        policy: [decided(policy, of_policy, one) for one in observations]
        for policy, of_policy in policies.items()
    }
    turns: dict[str, list[float]] = {policy: [] for policy in policies}
    for observation in observations:
        for policy, of_policy in policies.items():
            turns[policy].append(decided(policy, of_policy, observation))
    return [
        {
            'bundle': name,
            'policy': policy,
            'again_us': round(median(again[policy][WARM:]), 1),
            'median_us': round(median(times[WARM:]), 1),
            'p99_us': round(float(np.percentile(times[WARM:], 99)), 1),
        }
        for policy, times in turns.items()
    ]


def decided(name: str, policy: Policy, observation: Observation) -> float:
    """Let a policy decide; give the time, us."""
    start = time.perf_counter()
    point = policy.choose(observation, SETTINGS)
    spent = 1e6 * (time.perf_counter() - start)
    if name == 'learned' and point.policy != 'learned':
        raise SystemExit(f'the learned policy does not decide: {point.reason}')
    return spent


def drawn(profile: Profile, random: np.random.Generator) -> Observation:
    """Draw what a robot may observe over a fair link."""
    return Observation(
        profile=profile,
        link=LinkQuality(
            connected=True,
            goodput_bps=10 ** random.uniform(6, 7.5),
            goodput_age=random.uniform(0, 1),
            rtt=random.uniform(0.005, 0.05),
            jitter=random.uniform(0, 0.003),
            loss=random.uniform(0, 0.02),
        ),
        tail=TailState(service=profile.segment_times),
        head_slowdown=random.uniform(1, 16),
        outcomes=Outcomes(frames=64, rate=15.0, exits=(1 / profile.segments,) * profile.segments),
    )


if __name__ == '__main__':
    main()
