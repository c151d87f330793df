"""Each regime trains what it says, when it says, also after a resume."""

from dataclasses import replace
from pathlib import Path

import pytest

torch = pytest.importorskip('torch', reason='training needs torch: pip install edge_exit[train]')

from edge_exit.errors import ConfigError
from edge_exit.training import checkpoint, progress, regimes, trainer
from edge_exit.training.config import TrainConfig

pytestmark = pytest.mark.usefixtures('one_thread')


@pytest.fixture
def snapshots(monkeypatch):
    """Keep the weights, and their average, at the begin and the end of every epoch."""
    found = []
    enter, report = trainer._Loop._enter_phase, trainer._Loop._report

    def at_the_begin(self):
        enter(self)
        found.append(copies(self))

    def at_the_end(self):
        found.append(copies(self))
        report(self)

    monkeypatch.setattr(trainer._Loop, '_enter_phase', at_the_begin)
    monkeypatch.setattr(trainer._Loop, '_report', at_the_end)
    return found


def copies(loop) -> tuple[dict, dict]:
    networks = loop._network, loop.average.network
    return tuple({k: v.clone() for k, v in n.state_dict().items()} for n in networks)


def is_early_exit(name: str, last: int) -> bool:
    return name.startswith('exits.') and not name.startswith(f'exits.{last}.')


def changed(before: dict, after: dict) -> tuple[bool, bool]:
    """Say whether the backbone changed, and whether the early exits did."""
    last = max(int(name.split('.')[1]) for name in before if name.startswith('exits.'))
    differing = [name for name in before if not torch.equal(before[name], after[name])]
    early = [is_early_exit(name, last) for name in differing]
    return not all(early), any(early)


@pytest.mark.parametrize('regime', ['joint', 'weighted'])
def test_joint_training_changes_everything_from_the_first_epoch_on(settings, snapshots, regime):
    config = TrainConfig(**settings | {'regime': regime, 'epochs': 1})
    trainer.train(config, command='')
    assert changed(snapshots[0][0], snapshots[1][0]) == (True, True)


def test_mixed_training_leaves_the_exits_alone_at_first(settings, snapshots):
    config = TrainConfig(**settings | {'regime': 'mixed', 'backbone_epochs': 2})
    trainer.train(config, command='')
    for which in (0, 1):
        assert changed(snapshots[0][which], snapshots[3][which]) == (True, False)
        assert changed(snapshots[4][which], snapshots[5][which]) == (True, True)


def test_frozen_training_trains_exits_on_the_very_backbone_that_it_keeps(settings, snapshots):
    config = TrainConfig(**settings | {'regime': 'frozen', 'backbone_epochs': 1})
    trainer.train(config, command='')
    (_, alone), (network, average) = snapshots[1], snapshots[2]
    assert changed(alone, network) == (False, False)
    assert changed(alone, average) == (False, False)
    for which in (0, 1):
        assert changed(snapshots[0][which], snapshots[1][which]) == (True, False)
        assert changed(snapshots[2][which], snapshots[5][which]) == (False, True)


def test_a_frozen_backbone_of_an_earlier_training_answers_as_before(settings, tmp_path):
    trainer.train(TrainConfig(**settings), command='')
    weights = str(Path(settings['out']) / 'final')
    again = {'regime': 'frozen', 'weights': weights, 'shares': (0.5,), 'out': str(tmp_path / 'b')}
    trainer.train(TrainConfig(**settings | again), command='')
    first, second = (checkpoint.load(Path(f))[0] for f in (weights, tmp_path / 'b' / 'final'))
    pictures = torch.randint(0, 256, (4, *first.example().shape[1:]), dtype=torch.uint8)
    assert torch.equal(first.whole(pictures), second.whole(pictures))


@pytest.mark.parametrize('regime', ['frozen', 'mixed'])
@pytest.mark.parametrize('steps', [6, 8])
def test_a_stop_at_or_in_the_second_phase_changes_nothing(
    settings, tmp_path, monkeypatch, regime, steps
):
    config = TrainConfig(**settings | {'regime': regime, 'backbone_epochs': 1})
    trainer.train(replace(config, out=str(tmp_path / 'whole')), command='')
    original, done = trainer._Loop._step, []

    def step(self, *batch):
        done.append(None)
        loss = original(self, *batch)
        if len(done) == steps:
            self._position.step += 1
            self._save()
            raise KeyboardInterrupt
        return loss

    with monkeypatch.context() as patched, pytest.raises(KeyboardInterrupt):
        patched.setattr(trainer._Loop, '_step', step)
        trainer.train(config, command='')
    assert progress.read_state(Path(config.out))[0] == config
    trainer.train(config, command='', resume=True)
    ours, theirs = (
        checkpoint.load(folder / 'final')[0].state_dict()
        for folder in (Path(config.out), tmp_path / 'whole')
    )
    assert all(torch.equal(ours[name], theirs[name]) for name in ours)


def test_the_learning_rate_rises_and_falls_once_in_each_phase():
    config = TrainConfig(data='x', out='y', regime='mixed', backbone_epochs=2, epochs=5)
    phases = [regimes.phase_at(config, epoch) for epoch in range(5)]
    assert [phase.part for phase in phases] == ['backbone'] * 2 + ['all'] * 3
    assert [(phase.first, phase.end) for phase in phases] == [(0, 2)] * 2 + [(2, 5)] * 3


def test_weights_of_exits_that_are_not_there_are_named(settings):
    config = TrainConfig(**settings | {'exit_weight': (0.5, 0.3, 0.1)})
    with pytest.raises(ConfigError, match=r'0.5,0.3,0.1 has 3 numbers.* 2 early exits'):
        trainer.train(config, command='')


def test_exits_that_should_learn_alone_but_are_not_there_are_named(settings):
    config = TrainConfig(**settings | {'regime': 'frozen', 'backbone_epochs': 1, 'shares': ()})
    with pytest.raises(ConfigError, match='there are none: give --exits'):
        trainer.train(config, command='')


def test_each_exit_may_have_its_own_weight_on_the_command_line():
    import argparse

    from edge_exit.commands import train

    parser = argparse.ArgumentParser()
    train.add_arguments(parser)
    assert parser.parse_args(['--exit-weight', '0.5,0.25']).exit_weight == (0.5, 0.25)
    assert parser.parse_args(['--exit-weight', '0.5']).exit_weight == 0.5
