"""What the learned policy sees in simulation is what it sees on a robot; what it learns from."""

from dataclasses import fields, replace

import numpy as np
import pytest
from simulated import EXITS, OVERHEAD, point, profile, scene, table

from edge_exit.policy.energy import EnergyModel
from edge_exit.policy.interface import Settings
from edge_exit.policy.learned import known_of as known_on_robot
from edge_exit.policy.learned_known import Known
from edge_exit.policy.preference import Preference
from edge_exit.simulation import generators
from edge_exit.simulation.chosen import counted
from edge_exit.simulation.drawing import RANGES
from edge_exit.simulation.drawing import scene as drawn_scene
from edge_exit.simulation.episodes import World
from edge_exit.simulation.families import generated
from edge_exit.simulation.features import inputs
from edge_exit.simulation.game import Game
from edge_exit.simulation.looking import known_of, points_of_candidates
from edge_exit.simulation.observing import Observer
from edge_exit.simulation.points import points_of
from edge_exit.simulation.teaching import lesson

FAMILIES = generated(3, 4)


def by_forecast(looked) -> np.ndarray:
    return np.where(looked.allowed, looked.features[:, :, 0], -99).argmax(axis=1)


@pytest.fixture(scope='module')
def world():
    return World(profile(), table(), OVERHEAD)


def test_the_network_is_told_the_same_in_simulation_and_on_a_robot(world):
    wanted = Preference(2.0, 3.0, 0.5, 1.0, 0.08)
    trace = generators.markov(np.random.default_rng(0), good=6e6, bad=5e5, duration=20)
    where = scene(3, trace=trace, preference=wanted, head_slowdown=5.0, jitter=0.002, loss=0.01)
    simulator, candidates = world.begin(where, seed=0), counted(world)
    observer, settings = Observer(simulator, profile()), Settings(deadline=0.2, preference=wanted)
    random, last = np.random.default_rng(1), np.full(3, -1)
    for _ in range(50):
        many = known_of(simulator, profile(), last)
        together = inputs(candidates, many, EnergyModel())
        for place, observation in enumerate(observer.observe()):
            one = known_on_robot(observation, settings, int(last[place]))
            alone = inputs(candidates, as_arrays(one), EnergyModel())
            for whole, part in zip(together, alone, strict=True):
                assert whole[place] == pytest.approx(part[0], rel=1e-4, abs=1e-5)
        last = random.integers(len(candidates), size=3)
        simulator.step(points_of_candidates(candidates, last))


def test_an_exit_that_comes_after_the_deadline_is_no_answer_to_a_lost_frame(world):
    """Or a robot that is too slow for a split would stay there for what its exits might say."""
    balanced = scene(1, preference=Preference(1.0, 1.0, 1.0, 1.0))
    simulator, candidates = world.begin(balanced, seed=0), counted(world)
    simulator.step(points_of([point(1)], simulator.worlds.held, EXITS, 3))
    known = replace(
        known_of(simulator, profile(), np.array([-1])), connected=np.array([[1.0]]),
        goodput_bps=np.array([[1e6]]), rtt=np.array([[0.01]]), loss=np.array([[1.0]]),
    )  # fmt: skip
    sent = candidates.offload & (candidates.split > 1)

    def least_right(head_slowdown: float) -> float:
        """Give what such a frame has less than the rightest candidate, points of reward."""
        slow = replace(known, head_slowdown=np.array([[head_slowdown]]))
        return inputs(candidates, slow, EnergyModel())[0][0, sent, 1].min()

    assert least_right(1.0) < 0
    assert least_right(1e5) == pytest.approx(0, abs=1e-6)  # nobody has any answer


def test_opening_images_takes_a_robot_time_that_no_candidate_spares(world):
    simulator, candidates = world.begin(scene(1), seed=0), counted(world)
    known = replace(
        known_of(simulator, profile(), np.array([-1])), connected=np.array([[1.0]]),
        goodput_bps=np.array([[1e6]]), rtt=np.array([[0.01]]), interval=np.array([[0.1]]),
    )  # fmt: skip
    longer = replace(known, opening=np.array([[0.02]]))
    before, after = (inputs(candidates, one, EnergyModel())[0][0] for one in (known, longer))
    busy = 9  # of the camera's interval, which is 0.1 s
    assert (after[:, busy] - before[:, busy]) * 0.1 == pytest.approx(0.02, rel=1e-3)


def as_arrays(known: Known) -> Known:
    return Known(*(np.array([[getattr(known, field.name)]], float) for field in fields(Known)))


def test_every_input_is_finite_whatever_is_not_known(world):
    simulator, candidates = world.begin(scene(2), seed=0), counted(world)
    known = known_of(simulator, profile(), np.full(2, -1))
    assert np.isnan(known.goodput_bps).all()
    features, of_world, allowed = inputs(candidates, known, EnergyModel())
    assert np.isfinite(features).all()
    assert np.isfinite(of_world).all()
    assert (allowed == ~candidates.offload).all()


def test_candidates_are_counted_as_frames_really_go(world):
    """What the simulator does to frames under a candidate is what was counted of it."""
    candidates = counted(world)
    for place in range(0, len(candidates), 5):
        simulator = world.begin(scene(4, trace=generators.constant(1e9), rtt=0.0), seed=1)
        points = points_of_candidates(candidates, np.full(4, place))
        simulator.step(points)
        ends = [end for _ in range(60) for end in simulator.step(points).ends]
        taken = np.concatenate([end.taken for end in ends])
        sent, right, size = (
            np.concatenate([getattr(end, name) for end in ends])[taken]
            for name in ('sent', 'right', 'serialised')
        )
        expected = candidates.gains[:, place].sum()
        if candidates.offload[place]:
            assert sent.mean() == pytest.approx(candidates.sent[place], abs=0.06)
            assert size[sent].mean() == pytest.approx(candidates.wire_bytes[place], rel=0.02)
            expected += candidates.sent_right[place]
        else:
            assert not sent.any()
        assert right.mean() == pytest.approx(expected, abs=0.06)


def test_a_forecast_ranks_candidates_as_their_frames_turn_out(world):
    """Over a steady link that is known, following the forecast loses little to the best point."""
    # A frame's overhead on a very slow robot is not a part of the forecast.
    ranges = replace(RANGES, head_slowdown=(0.5, 6.0))
    links = {'constant': [generators.constant(rate) for rate in (1e6, 5e6)]}
    game = Game(world, links, 12, ranges=ranges)
    candidates = game.candidates

    def play(choose) -> float:
        looked, over, total = game.reset(5), False, 0.0
        while not over:
            rewards, over = game.step(choose(looked))
            total += rewards.mean()
            looked = game.look()
        return total / game.steps

    forecast = play(by_forecast)
    fixed = [play(lambda looked, p=p: np.full(12, p)) for p in range(0, len(candidates), 4)]
    assert forecast > max(fixed) + 0.1


def test_wishes_and_worlds_are_drawn_anew_within_their_ranges():
    draws = [
        drawn_scene(np.random.default_rng(seed), FAMILIES, 200, held=EXITS, duration=5.0)
        for seed in (0, 0, 1)
    ]
    first, again, other = (draw.worlds for draw in draws)
    assert np.array_equal(first.head_slowdown, again.head_slowdown)
    assert not np.array_equal(first.head_slowdown, other.head_slowdown)
    for name in ('head_slowdown', 'tail_slowdown', 'deadline'):
        low, high = getattr(RANGES, name)
        values = getattr(first, name)
        assert low <= values.min() < 1.5 * low
        assert high / 1.5 < values.max() <= high
    weights = np.stack([first.preferences.accuracy, first.preferences.latency])
    assert ((weights == 0) | (weights >= RANGES.weight[0])).all()
    assert 0.02 < (weights == 0).mean() < 0.3


def test_the_same_seed_gives_the_same_game(world):
    game, found = Game(world, FAMILIES, 5, seconds=2.0), []
    for seed in (7, 7, 8):
        looked, over, rewards = game.reset(seed), False, []
        while not over:
            earned, over = game.step(by_forecast(looked))
            rewards.append(earned)
            looked = game.look()
        found.append(np.concatenate(rewards))
    assert np.array_equal(found[0], found[1])
    assert not np.array_equal(found[0], found[2])


def test_a_lesson_tells_of_every_candidate_what_it_loses(world):
    made = lesson(
        world, counted(world), FAMILIES,
        lambda looked: looked.allowed.argmax(axis=1), np.random.default_rng(0),
    )  # fmt: skip
    assert len(made) == 8 * 40
    assert made.worse.min() == 0
    assert (made.worse.min(axis=1) == 0).all()
    assert not made.worse[~made.allowed].any()
    assert made.worse.max() > 1
    # Choosing by the forecast loses less than choosing anything.
    chosen = np.where(made.allowed, made.features[:, :, 0], -99).argmax(axis=1)
    by_forecast = made.worse[np.arange(len(made)), chosen].mean()
    assert by_forecast < 0.7 * made.worse[made.allowed].mean()


def test_frames_beyond_the_users_levels_are_never_candidates_choices(world):
    simulator = world.begin(scene(1), seed=0)
    points = points_of([point(1)], simulator.worlds.held, EXITS, 3)
    for _ in range(10):
        simulator.step(points)
    known = known_of(simulator, profile(), np.array([-1]))
    allowed = inputs(counted(world), known, EnergyModel())[2]
    candidates = counted(world)
    assert not allowed[0][candidates.offload & (candidates.level < 1)].any()
    assert allowed[0][candidates.offload & (candidates.level >= 1)].all()
