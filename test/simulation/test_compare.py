"""`edge_exit compare` ranks policies by what they are worth, over links that they do not know."""

import json
import math
from dataclasses import replace

import numpy as np
import pytest
from simulated import (
    EXITS,
    OVERHEAD,
    bundle_with_outcomes,
    point,
    profile,
    run,
    scene,
    simulator,
    table,
)
from tiny_bundle import write_tiny_bundle

from edge_exit import cli
from edge_exit.errors import ConfigError
from edge_exit.link.traces import Trace
from edge_exit.policy.interface import Settings
from edge_exit.policy.preference import Preference
from edge_exit.simulation import generators
from edge_exit.simulation.bounds import bounds
from edge_exit.simulation.candidates import candidates, levels
from edge_exit.simulation.contenders import BASELINES, contenders
from edge_exit.simulation.episodes import World, under_policies
from edge_exit.simulation.families import generated, of_folder, part_of
from edge_exit.simulation.preferences import PREFERENCES, preferences_of

KEYS = (
    'policy', 'trace', 'preference', 'robot_slowdown', 'reward_mean', 'reward_ci95', 'accuracy',
    'latency_ms_p50', 'latency_ms_p99', 'deadline_miss_rate', 'energy_j_per_frame',
    'bytes_per_frame',
)  # fmt: skip


@pytest.fixture(scope='module')
def world():
    return World(profile(), table(), OVERHEAD)


def walk(seed: int = 1) -> Trace:
    return generators.random_walk(np.random.default_rng(seed), middle=1e6, duration=30)


@pytest.fixture(scope='module')
def ranked(world):
    """Give mean rewards of bounds and policies in one narrow, changing world."""
    where = scene(3, trace=walk(), head_slowdown=6.0, duration=12)
    settings = [Settings(deadline=0.2)] * 3
    found = bounds(world, where, candidates(world.table, (0.6, 0.9, 2.0)), seed=0)
    for name in ('static', 'on_board', 'jpeg', 'energy_aware'):
        found[name] = under_policies(world, where, contenders()[name], settings, seed=0)
    return {name: account.figures() for name, account in found.items()}


def test_no_fixed_point_and_no_rule_beats_the_oracle(ranked):
    rewards = {name: figures['reward_mean'] for name, figures in ranked.items()}
    # It looks ahead some steps, not to the end: where one point is best all along, chance decides.
    assert rewards['oracle'] > max(rewards.values()) - 0.001
    assert rewards['worst_fixed'] < rewards['best_fixed']
    assert rewards['energy_aware'] < rewards['oracle'] - 0.1


def test_baselines_do_what_they_are_called(ranked):
    assert ranked['on_board']['bytes_per_frame'] == 0
    assert ranked['on_board']['exited'] == 1
    # As soon as the tail was heard of, every picture goes.
    assert ranked['jpeg']['exited'] == 0
    assert ranked['jpeg']['bytes_per_frame'] == pytest.approx(4250, rel=0.01)


def test_preferences_have_names_or_are_written_out():
    assert preferences_of(None) == PREFERENCES
    text = 'accuracy=10,latency_budget=0.05'
    written = {'thin': PREFERENCES['thin'], text: Preference(accuracy=10, latency_budget=0.05)}
    assert preferences_of(['thin', text]) == written


def test_all_policies_meet_the_same_pictures_and_links(world):
    where, settings = scene(2, trace=walk(), duration=8), [Settings()] * 2
    found = [
        under_policies(world, where, BASELINES['on_board'], settings, seed=3) for _ in range(2)
    ]
    other = under_policies(world, where, BASELINES['on_board'], settings, seed=4)
    same = [np.concatenate(one.columns['right']) for one in (*found, other)]
    assert np.array_equal(same[0], same[1])
    assert not np.array_equal(same[0], same[2])


def test_copies_of_a_world_stay_the_same_world_under_the_same_point(world):
    sim = world.begin(scene(6, trace=walk(), jitter=0.01, loss=0.02), seed=0, alike=3)
    run(sim, point(1, threshold=0.7), 6.0)
    for values in (sim.sight().link.goodput_bps, sim.results().total, sim.results().margin):
        assert np.array_equal(values[:3], values[[0, 0, 0]], equal_nan=True)
        assert not np.array_equal(values[0], values[3], equal_nan=True)


def test_a_fork_goes_its_own_way_and_leaves_the_world_alone():
    sims = [simulator(scene(2, trace=walk())) for _ in range(2)]
    for sim in sims:
        run(sim, point(1), 3.0)
    forked = sims[0].fork()
    run(forked, point(0, level=2), 5.0)
    ends = [run(sim, point(2), 6.0)['latency'] for sim in sims]
    assert np.array_equal(*ends)


def test_levels_that_cost_more_and_give_nothing_are_not_tried(world):
    # Of three levels all answer alike.
    assert levels(world.table, 1) == [2]
    tried = candidates(world.table)
    assert {(one.split, one.codec_level) for one in tried} == {(split, 2) for split in range(EXITS)}
    assert not tried[-1].offload


def test_of_levels_that_are_alike_the_one_is_tried_that_users_may_not_forbid(world):
    sizes, right = world.table.sent_bytes.copy(), world.table.tail_right.copy()
    sizes[:, 0] = [4000, 4000, 1000]
    right[:, 0, 2] = False
    assert levels(replace(world.table, sent_bytes=sizes, tail_right=right), 0) == [1, 2]


def test_files_belong_to_families_by_their_names(tmp_path):
    text = 'time_s,rate_mbps\n' + ''.join(f'{t},{t + 1}\n' for t in range(10))
    for name in ('lte_a', 'lte_b', '5g_driving', 'umts_x', 'mine'):
        (tmp_path / f'{name}.csv').write_text(text)
    found = of_folder(tmp_path)
    assert {name: len(traces) for name, traces in found.items()} == {
        'LTE': 2, '5G': 1, '3G': 1, 'mine': 1,
    }  # fmt: skip
    with pytest.raises(ConfigError, match='no trace files'):
        of_folder(tmp_path / 'nowhere')


def test_training_and_test_part_of_a_trace_have_nothing_in_common():
    trace = Trace(tuple(map(float, range(10))), tuple(map(float, range(10))), (math.nan,) * 10, 10)
    training, test = part_of(trace, 'training'), part_of(trace, 'test')
    assert training.rates + test.rates == trace.rates
    assert not set(training.rates) & set(test.rates)
    assert training.duration + test.duration == trace.duration
    assert test.times[0] == 0


def test_generated_families_are_five_and_depend_on_their_seed_alone():
    assert list(generated(0, 1)) == ['constant', 'steps', 'markov', 'random walk', 'outages']
    first, again, other = (
        [trace.rates for traces in generated(seed, 2).values() for trace in traces]
        for seed in (5, 5, 6)
    )
    assert first == again != other


@pytest.fixture(scope='module')
def bundle(tmp_path_factory):
    return bundle_with_outcomes(tmp_path_factory.mktemp('bundles'))


def test_the_command_writes_a_row_for_each_policy_and_cell(bundle, tmp_path, capsys):
    traces = tmp_path / 'traces'
    traces.mkdir()
    text = ''.join(f'{t},{1 + t % 7}\n' for t in range(40))
    (traces / '5g_walk.csv').write_text(f'time_s,rate_mbps\n{text}')
    path = tmp_path / 'figures.json'
    options = ['--bundle', str(bundle.path), '--traces', str(traces), '--json', str(path)]
    options += [
        '--families',
        '5G',
        'constant',
        '--preferences',
        'fast',
        '--slowdowns',
        '4',
        '--rtts',
        '5',
    ]
    options += [
        '--worlds',
        '2',
        '--seconds',
        '5',
        '--jobs',
        '1',
        '--policies',
        'dynamic_split',
        'jpeg',
    ]
    assert cli.main(['compare', *options, '--part', 'test']) == 0
    found = json.loads(path.read_text())
    assert found['model_id'] == bundle.model_id
    cells = {(row['trace'], row['policy']) for row in found['rows']}
    names = ('dynamic_split', 'jpeg', 'best_fixed', 'worst_fixed', 'oracle')
    assert cells == {(trace, name) for trace in ('5G', 'constant') for name in names}
    for row in found['rows']:
        assert set(KEYS) <= set(row)
        assert row['preference'] == 'fast'
        assert 0 < row['accuracy'] <= 1
        assert row['latency_ms_p50'] <= row['latency_ms_p99'] <= 200.001
    printed = capsys.readouterr().out
    assert 'dynamic_split' in printed
    if path.with_suffix('.png').exists():
        assert path.with_suffix('.png').read_bytes()[:4] == b'\x89PNG'
    else:
        assert 'matplotlib is missing' in printed


@pytest.mark.parametrize(
    ('options', 'why'),
    [
        ('--policies nobody', 'nobody is not one of'),
        ('--families Mars', 'Mars is not one of'),
        ('--preferences cheap', '"cheap" is neither one of balanced'),
        ('--preferences accuracy=11', 'accuracy weighs 11'),
        ('--preferences latency=fast', 'could not convert'),
        ('--seconds 1', '--seconds is 1.0, not 5'),
        ('--slowdowns 0', 'slowdowns'),
        ('--local-segments 9', 'the model has 4'),
    ],
)
def test_a_bad_option_is_named(bundle, options, why, capsys):
    assert cli.main(['compare', '--bundle', str(bundle.path), *options.split()]) == 2
    assert why in capsys.readouterr().err


def test_a_bundle_without_outcomes_says_how_to_get_them(tmp_path, capsys):
    bare = write_tiny_bundle(tmp_path / 'bare', seed=3, name='bare')
    assert cli.main(['compare', '--bundle', str(bare.path)]) == 2
    assert 'edge_exit outcomes --bundle bare' in capsys.readouterr().err


def test_what_a_frame_is_worth_follows_the_users_wishes(world):
    """A user who only minds bytes gets the same frames at another price."""
    rewards = {}
    for name, preference in (('all', Preference()), ('bytes', Preference(0, 0, 0, 2.0))):
        where = scene(2, duration=6, preference=preference)
        account = under_policies(world, where, BASELINES['jpeg'], [Settings()] * 2, seed=0)
        rewards[name] = account.figures()
    assert rewards['bytes']['latency_ms_mean'] == rewards['all']['latency_ms_mean']
    expected = -2 * rewards['bytes']['bytes_per_frame'] / (8000 + OVERHEAD)
    assert rewards['bytes']['reward_mean'] == pytest.approx(expected, rel=0.01)
