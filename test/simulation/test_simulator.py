"""What happens to frames in the simulated world: time by time as on a real robot."""

import numpy as np
import pytest
from simulated import EXITS, OVERHEAD, SEGMENTS, SIZES, point, profile, run, scene, simulator, table

from edge_exit.inference.outcome import Outcome
from edge_exit.link.wire import wire_bytes
from edge_exit.policy.overheads import (
    FRAME_OVERHEAD,
    MESSAGE_OVERHEAD,
    RESULT_OVERHEAD,
    TAIL_OVERHEAD,
)
from edge_exit.policy.preference import Preference
from edge_exit.policy.statistics import Statistics
from edge_exit.simulation import generators
from edge_exit.simulation.costs import ANSWER_BYTES, wire_size
from edge_exit.simulation.points import points_of

# What a robot does for every frame beside the network.
ALL_AROUND = FRAME_OVERHEAD + RESULT_OVERHEAD
NAMES = ('frames', 'rate', 'exited', 'offloaded', 'fallback', 'margin', 'total', 'wire_bytes')


@pytest.mark.parametrize('size', [1, 800, 1368, 1380, 64_999, 65_000, 65_001, 200_000])
def test_a_message_costs_on_the_wire_what_a_link_monitor_counts(size):
    assert wire_size(np.array([size]))[0][0] == wire_bytes(size)


@pytest.mark.parametrize('split', range(EXITS))
@pytest.mark.parametrize('slowdown', [1.0, 4.0])
def test_an_offloaded_frame_takes_head_transfer_round_trip_and_tail(split, slowdown):
    found = run(
        simulator(scene(rtt=0.02, head_slowdown=slowdown, tail_slowdown=0.5)), point(split), 10.0
    )
    assert (found['outcome'] == Outcome.OFFLOADED).all()
    sent = 8 * (wire_bytes(SIZES[split][0] + OVERHEAD) + wire_bytes(ANSWER_BYTES)) / 10e6
    head = slowdown * (ALL_AROUND + sum(SEGMENTS[:split]) + MESSAGE_OVERHEAD)
    tail = 0.5 * (MESSAGE_OVERHEAD + TAIL_OVERHEAD + sum(SEGMENTS[split:]))
    assert np.median(found['latency']) == pytest.approx(head + sent + 0.02 + tail, rel=0.02)
    assert (found['serialised'] == SIZES[split][0] + OVERHEAD).all()


def test_a_frame_that_stays_takes_its_segments_and_leaves_at_the_first_sure_exit():
    sim = simulator(scene(head_slowdown=2.0))
    found = run(sim, point(threshold=0.5, offload=False), 10.0)
    assert (found['outcome'] == Outcome.EXITED).all()
    assert not found['serialised'].any()
    for exit in range(EXITS):
        took = found['latency'][found['exit'] == exit]
        expected = 2 * (ALL_AROUND + sum(SEGMENTS[: exit + 1]))
        assert np.median(took) == pytest.approx(expected, rel=0.03)
    easy = (table().margins[:, 0] >= 0.5).mean()
    assert (found['exit'] == 0).mean() == pytest.approx(easy, abs=0.05)


def test_an_early_growth_threshold_sends_frames_that_gain_little():
    # Where margins are not cut off at 0 or 1, each exit gains a sixth.
    alone = run(simulator(scene()), point(split=3, growth=0.0), 10.0)
    early = run(simulator(scene()), point(split=3, growth=0.17), 10.0)
    assert (alone['split'] == 3).all()
    assert set(early['split']) == {2}


def test_frames_still_in_the_queue_delay_those_after_a_change():
    """A second at split 0 fills a narrow link; small messages then wait for what is queued."""
    narrow = generators.constant(0.9e6)
    fresh = simulator(scene(trace=narrow, deadline=2.0, duration=6))
    loaded = simulator(scene(trace=narrow, deadline=2.0, duration=6))
    run(loaded, point(0), 1.0)
    run(fresh, point(3, level=2), 1.0)
    after = [run(sim, point(3, level=2), 1.2)['latency'][:4].mean() for sim in (loaded, fresh)]
    assert after[0] > after[1] + 0.1


def test_a_slow_robot_drops_what_it_cannot_take_and_answers_the_newest():
    sim = simulator(scene(head_slowdown=16.0, period=1 / 30, deadline=1.0))
    found = run(sim, point(offload=False), 10.0)
    whole = 16 * (ALL_AROUND + sum(SEGMENTS))
    per_s = len(found['latency']) / 4 / 10
    assert per_s == pytest.approx(1 / whole, rel=0.05)
    assert found['dropped'] + len(found['latency']) == pytest.approx(4 * 10 * 30, rel=0.02)
    # It waited less than a period in the mailbox.
    assert found['latency'].max() < whole * 1.25 + 1 / 30


def test_a_robot_stops_computing_soon_after_the_deadline_of_a_frame():
    sim = simulator(scene(head_slowdown=40.0, deadline=0.2))
    found = run(sim, point(offload=False), 10.0)
    assert found['missed'].all()
    segment = 40 * SEGMENTS[0] * 1.25
    assert 0.1 < found['computing'].min() <= found['computing'].max() < 0.2 + segment


@pytest.mark.parametrize('held', [EXITS, 2])
def test_no_result_leaves_after_its_deadline_whatever_the_link_does(held):
    trace = generators.outages(np.random.default_rng(0), rate=3e6, duration=20)
    sim = simulator(scene(trace=trace, head_slowdown=3.0, deadline=0.15, held=held, jitter=0.01))
    found = run(sim, point(2), 20.0)
    assert found['latency'].max() <= 0.15 + 1e-9
    fallback = found['outcome'] == Outcome.FALLBACK
    assert 0.02 < fallback.mean() < 0.6
    last = EXITS - 1 if held == EXITS else 1
    assert (found['exit'][fallback & ~found['missed']] == last).all()


def test_a_robot_that_holds_everything_finishes_alone_before_the_deadline():
    sim = simulator(scene(trace=generators.constant(0.0), deadline=0.2))
    found = run(sim, point(2), 5.0)
    # Until the heartbeat is missed, and never was there one: nothing is sent at all.
    assert (found['outcome'] == Outcome.EXITED).all()
    sim = simulator(scene(trace=generators.constant(2e5), deadline=0.2, head_slowdown=2.0))
    found = run(sim, point(1), 5.0)
    alone = found['outcome'] == Outcome.FALLBACK
    assert alone.mean() > 0.9
    assert not found['missed'].any()
    assert (found['exit'][alone] == EXITS - 1).all()
    assert found['latency'].max() < 0.2


def test_a_slow_robot_does_not_finish_alone_what_the_tail_is_about_to_answer():
    # It could just do so, if it began at once, and the next image would wait for it.
    head = 16 * (FRAME_OVERHEAD + MESSAGE_OVERHEAD)
    deadline = 1.25 * (head + 16 * sum(SEGMENTS)) + head + 0.02
    sim = simulator(scene(head_slowdown=16.0, rtt=0.05, deadline=deadline, period=0.05))
    found = run(sim, point(0), 20.0, since=2.0)
    assert (found['outcome'] == Outcome.OFFLOADED).all()
    assert found['computing'].max() < 1.3 * head


def test_results_leave_in_the_order_of_frames():
    trace = generators.markov(np.random.default_rng(1), good=5e6, bad=4e5, duration=20)
    found = run(simulator(scene(1, trace=trace, jitter=0.02, loss=0.02)), point(1), 20.0)
    assert (np.diff(found['at']) >= 0).all()


def test_a_lossy_link_loses_large_messages_more_often():
    sims = [simulator(scene(8, loss=0.01)) for _ in range(2)]
    large, small = run(sims[0], point(0), 20.0), run(sims[1], point(3, level=2), 20.0)
    shares = [(found['outcome'] == Outcome.FALLBACK).mean() for found in (large, small)]
    # 8 kB are six frames of the wire and the answer is one; 0.75 kB one and one.
    assert shares == pytest.approx([1 - 0.99**7, 1 - 0.99**2], abs=0.012)


def test_the_same_seed_gives_the_same_run_and_another_one_does_not():
    def latencies(seed):
        trace = generators.random_walk(np.random.default_rng(1), middle=2e6, duration=20)
        sim = simulator(scene(trace=trace, jitter=0.003, loss=0.01), seed=seed)
        return run(sim, point(1, threshold=0.6), 10.0)['latency']

    assert np.array_equal(latencies(1), latencies(1))
    assert not np.array_equal(latencies(1), latencies(2))


def test_reward_is_what_the_policies_agree_on():
    preference = Preference(accuracy=0, latency=2.0, energy=0, bandwidth=3.0, latency_budget=0.05)
    sim = simulator(scene(1, preference=preference))
    points = points_of([point(1)], sim.worlds.held, EXITS, 3)
    sim.step(points)  # now a heartbeat has been heard
    stepped = sim.step(points)
    ends = [end for end in stepped.ends if end.taken[0]]
    expected = [
        -2 * (end.latency[0] / 0.05 + (end.latency[0] > 0.05)) - 3 * 6250 / 8250 for end in ends
    ]
    assert stepped.rewards[0] == pytest.approx(sum(expected))
    assert stepped.frames[0] == len(ends) > 0


def test_sums_over_all_worlds_are_those_of_the_policy_node():
    trace = generators.markov(np.random.default_rng(4), good=6e6, bad=2e5, duration=20)
    sim = simulator(scene(3, trace=trace, head_slowdown=4.0, jitter=0.004))
    statistics, read = [Statistics(profile()) for _ in range(3)], [0, 0, 0]
    for step in range(60):
        chosen = point(step // 10 % 4, threshold=0.6)
        sim.step(points_of([chosen] * 3, sim.worlds.held, EXITS, 3))
        found = sim.results()
        for world, one in enumerate(statistics):
            ended = sim.history.released(world, read[world], sim.now)
            read[world] += len(ended)
            for frame in ended:
                one.note(frame)
            expected = one.outcomes(sim.now)
            for name in [
                'frames',
                'rate',
                'interval',
                'exited',
                'offloaded',
                'fallback',
                'margin',
                'total',
                'wire_bytes',
            ]:
                value = getattr(found, name)[world]
                assert value == pytest.approx(getattr(expected, name), rel=1e-6), (step, name)
            assert found.exits[world] == pytest.approx(expected.exits or (0,) * EXITS)
            assert found.head_slowdown[world] == pytest.approx(one.head_slowdown(), rel=1e-6)
