"""`edge_exit train-policy`: environments that others may check, training, resuming, the file."""

import json
from dataclasses import fields

import numpy as np
import pytest

torch = pytest.importorskip('torch', reason='training needs it')
gymnasium = pytest.importorskip('gymnasium', reason='training needs it')
pytest.importorskip('stable_baselines3', reason='training needs it')
pytest.importorskip('tensorboard', reason='training writes its records')

from gymnasium.utils.env_checker import check_env as check_by_gymnasium
from simulated import OVERHEAD, bundle_with_outcomes, profile, table
from stable_baselines3.common.env_checker import check_env as check_by_stable_baselines3

from edge_exit import cli
from edge_exit.bundle import load
from edge_exit.policy import learned_model
from edge_exit.policy.energy import EnergyModel
from edge_exit.policy.learned_known import Known
from edge_exit.policy.profile import profile_of
from edge_exit.simulation import exporting, training
from edge_exit.simulation.environment import SplitEnv
from edge_exit.simulation.episodes import World
from edge_exit.simulation.families import generated
from edge_exit.simulation.fitting import Fitting
from edge_exit.simulation.game import Game
from edge_exit.simulation.looking import forecast_only, known_of
from edge_exit.simulation.ppo import learner, scorer_of
from edge_exit.simulation.scorer import Scorer, best
from edge_exit.simulation.setting import world_of
from edge_exit.simulation.vectorised import SplitVecEnv

FAMILIES = generated(3, 4)
BOUNDS = {name: (0.0, 1e9) for name in learned_model.BOUNDED}


@pytest.fixture(scope='module')
def world():
    return World(profile(), table(), OVERHEAD)


@pytest.mark.filterwarnings('ignore')
def test_the_environment_passes_the_checkers_of_gymnasium_and_stable_baselines3(world):
    env = SplitEnv(world, FAMILIES, seconds=2.0)
    check_by_gymnasium(env, skip_render_check=True)
    check_by_stable_baselines3(env)


def test_an_episode_ends_after_its_time_and_repeats_with_its_seed(world):
    env, found = SplitEnv(world, FAMILIES, seconds=3.0), []
    for _ in range(2):
        seen, _ = env.reset(seed=4)
        rewards, truncated = [], False
        while not truncated:
            seen, reward, terminated, truncated, _ = env.step(len(rewards))
            assert not terminated
            rewards.append(reward)
        found.append((rewards, seen['world'].tolist()))
    assert len(found[0][0]) == 15
    assert found[0] == found[1]


@pytest.mark.filterwarnings('ignore:.*render_mode.*')
def test_many_worlds_at_once_end_together_and_report_their_episodes(world):
    env = SplitVecEnv(world, FAMILIES, 4, seconds=1.0)
    env.seed(3)
    first = env.reset()
    for step in range(5):
        seen, rewards, dones, infos = env.step(np.zeros(4, np.int64))
        assert rewards.shape == (4,)
        assert dones.tolist() == [step == 4] * 4
    assert infos[0]['episode']['l'] == 5
    assert infos[0]['TimeLimit.truncated']
    assert set(infos[0]['terminal_observation']) == set(seen)
    # The next episodes are other ones; those of the same seed are the same.
    assert not np.array_equal(first['world'], seen['world'])
    env.seed(3)
    assert np.array_equal(first['world'], env.reset()['world'])


def test_an_untrained_scorer_follows_the_forecast(world):
    game = Game(world, FAMILIES, 6)
    game.reset(0)
    for _ in range(20):
        looked = game.look()
        assert np.array_equal(best(Scorer(), looked), forecast_only(looked))
        game.step(forecast_only(looked))


@pytest.mark.parametrize('spread', [0.3, None], ids=['learned', 'forecast alone'])
def test_the_file_scores_as_the_network_does_and_allows_the_same(world, spread, tmp_path):
    torch.manual_seed(0)
    scorer, game = Scorer(), Game(world, FAMILIES, 6)
    for parameter in scorer.parameters() if spread else ():
        torch.nn.init.normal_(parameter, 0.0, spread)
    path = tmp_path / 'policy.onnx'
    path.write_bytes(exporting.content(scorer.weights(), game.candidates, BOUNDS, 'a' * 64))
    model = learned_model.load(path)
    assert model.model_id == 'a' * 64
    looked, energy, both = game.reset(1), EnergyModel(), set()
    for _ in range(20):
        with torch.no_grad():
            expected = scorer(torch.from_numpy(looked.features), torch.from_numpy(looked.world))
        known = known_of(game.simulator, world.profile, game.last)
        for place in range(6):
            scores, allowed = model.judge(one_of(known, place), energy)
            assert scores == pytest.approx(expected[place].numpy(), rel=1e-3, abs=1e-3)
            assert np.array_equal(allowed, looked.allowed[place])
            both |= set(looked.allowed[place].tolist())
        game.step(best(scorer, looked))
        looked = game.look()
    assert both == {True, False}


def one_of(known: Known, place: int) -> Known:
    """Give what the robot of one world knows, as numbers."""
    values = {field.name: getattr(known, field.name) for field in fields(Known)}
    return Known(
        **{
            name: float(value[place, 0]) if isinstance(value, np.ndarray) else value
            for name, value in values.items()
        }
    )


def test_lessons_teach_what_the_forecast_does_not_know(world):
    """Forecasts are made to be wrong by a constant taste for one candidate: it is unlearned."""
    fitting = Fitting(world, Game(world, FAMILIES, 1).candidates, FAMILIES, seed=0)
    with torch.no_grad():
        fitting.scorer.steepness.fill_(-1.0)  # it prefers what is predicted to be worst
    losses = [found['loss'] for found, _ in zip(fitting.run(), range(5), strict=False)]
    assert losses[-1] < 0.7 * losses[0]


@pytest.mark.filterwarnings('ignore:.*render_mode.*')
def test_play_changes_the_scorer_and_keeps_what_is_forbidden_forbidden(world):
    env = SplitVecEnv(world, FAMILIES, 8, seconds=4.0)
    learned = learner(env, seed=0)
    before = [p.detach().clone() for p in scorer_of(learned).parameters()]
    learned.learn(8 * 40)
    after = list(scorer_of(learned).parameters())
    assert any(not torch.equal(one, two) for one, two in zip(before, after, strict=True))
    seen = env.reset()
    actions, _ = learned.predict(seen, deterministic=False)
    assert seen['allowed'][np.arange(8), actions].all()


@pytest.fixture(scope='module')
def bundle(tmp_path_factory):
    return bundle_with_outcomes(tmp_path_factory.mktemp('bundles'))


@pytest.mark.filterwarnings('ignore')
def test_the_command_trains_resumes_and_keeps_the_policy_in_the_bundle(
    bundle, tmp_path, capsys, monkeypatch
):
    monkeypatch.setattr(training, 'WORLDS', 8)
    monkeypatch.setattr(training, '_JUDGED', (90_001,))
    run = tmp_path / 'run'
    options = ['--bundle', str(bundle.path), '--run', str(run), '--play-steps', '320']
    assert cli.main(['train-policy', *options, '--lessons', '1']) == 0
    state = torch.load(run / 'lessons.pt', weights_only=True)
    assert state['done'] == 1
    assert list((run / 'tensorboard').glob('events*'))
    judged = json.loads((run / 'judged.json').read_text())
    assert {'forecast', 'lessons', '0.5 of lessons', 'play', '0.5 of play'} <= set(judged)
    options += ['--lessons', '2', '--resume', '--keep']
    assert cli.main(['train-policy', *options]) == 0
    assert torch.load(run / 'lessons.pt', weights_only=True)['done'] == 2
    assert 'mean reward' in capsys.readouterr().out
    kept = load(bundle.path)
    assert kept.model_id == bundle.model_id
    model = learned_model.load(kept.path / kept.policy)
    assert model.model_id == bundle.model_id
    assert profile_of(kept).policy == str(kept.path / 'policy.onnx')
    low, high = model.bounds['goodput_bps']
    assert 0 < low < high
    thresholds = {point.exit_threshold for point in model.candidates}
    assert thresholds == set(world_of(kept, learning=True).profile.answers.thresholds)


def test_a_bad_option_is_named(bundle, tmp_path, capsys):
    options = ['--bundle', str(bundle.path), '--run', str(tmp_path), '--lessons', '0']
    assert cli.main(['train-policy', *options]) == 2
    assert '--lessons is 0' in capsys.readouterr().err


def test_what_is_better_by_chance_or_by_little_is_not_taken():
    random = np.random.default_rng(0)
    known = 6 + random.normal(size=64)
    chance = known + random.normal(scale=0.5, size=64)
    chance += known.mean() + 0.12 - chance.mean()
    rewards = {'forecast': known, 'by chance': chance, 'worse': known - 1, 'little': known + 0.03}
    assert training.proven(rewards, 'forecast') == 'forecast'
    rewards['surely'] = known + random.normal(scale=0.1, size=64) + 0.3
    assert training.proven(rewards, 'forecast') == 'surely'
