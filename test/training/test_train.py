"""What `edge_exit train` promises: it learns, repeats, resumes and ends cleanly."""

import json
import os
import shutil
import signal
from dataclasses import replace
from pathlib import Path

import pytest

torch = pytest.importorskip('torch', reason='training needs torch: pip install edge_exit[train]')

from edge_exit import cli
from edge_exit.errors import ConfigError
from edge_exit.export import bundling
from edge_exit.training import checkpoint, sources, trainer
from edge_exit.training.config import TrainConfig
from edge_exit.training.stopping import Interrupted

pytestmark = pytest.mark.usefixtures('one_thread')


def weights_of(folder: str) -> dict:
    return checkpoint.load(Path(folder) / 'final')[0].state_dict()


def learned(network: torch.nn.Module) -> dict:
    """Give all that training changed, without counts of its steps."""
    return {k: v for k, v in network.state_dict().items() if 'num_batches' not in k}


def assert_same(ours: dict, theirs: dict) -> None:
    assert ours.keys() == theirs.keys()
    assert all(torch.equal(ours[name], theirs[name]) for name in ours)


def interrupt_at(monkeypatch, step_to_stop_after: int) -> None:
    """Make the trainer's own process receive Ctrl-C during that step, counted from 1."""
    original, done = trainer._Loop._step, []

    def step(self, *batch):
        done.append(None)
        if len(done) == step_to_stop_after:
            os.kill(os.getpid(), signal.SIGINT)
        return original(self, *batch)

    monkeypatch.setattr(trainer._Loop, '_step', step)


def test_it_learns_and_the_record_tells_what_it_reached(settings):
    record = trainer.train(TrainConfig(**settings | {'epochs': 8}), command='edge_exit train')
    assert record.exit_accuracies[-1] >= 0.9
    assert record.classes == ['left', 'top']
    assert record.preprocessing == {'height': 20, 'width': 20, 'channels': 3, 'fit': 'crop'}
    assert len(record.temperatures) == len(record.exit_accuracies) == 3
    macs = [point['mean_macs'] for point in record.curve]
    assert macs == sorted(macs)
    assert macs[-1] == sum(record.segment_macs) + sum(record.exit_macs)


@pytest.mark.parametrize('regime', ['joint', 'mixed'])
def test_it_learns_in_bfloat16_and_what_is_kept_is_float32(settings, regime):
    changes = {'epochs': 8, 'precision': 'bfloat16', 'regime': regime}
    changes['backbone_epochs'] = 2 if regime == 'mixed' else 0
    record = trainer.train(TrainConfig(**settings | changes), command='edge_exit train')
    assert record.exit_accuracies[-1] >= 0.9
    floats = [w for w in weights_of(settings['out']).values() if w.is_floating_point()]
    assert {w.dtype for w in floats} == {torch.float32}


def test_a_checkpoint_gives_back_network_and_record(settings):
    record = trainer.train(TrainConfig(**settings), command='edge_exit train')
    network, loaded = checkpoint.load(Path(settings['out']) / 'final')
    assert json.dumps(loaded.curve) == json.dumps(record.curve)
    assert not network.training
    assert loaded.spec == network.spec


def test_the_same_seed_gives_the_same_weights_and_another_does_not(settings, tmp_path):
    config = TrainConfig(**settings | {'epochs': 1})
    for name, seed in (('a', 1), ('b', 1), ('c', 2)):
        trainer.train(replace(config, out=str(tmp_path / name), seed=seed), command='')
    assert_same(weights_of(tmp_path / 'a'), weights_of(tmp_path / 'b'))
    other = weights_of(tmp_path / 'c')
    assert any(not torch.equal(t, other[n]) for n, t in weights_of(tmp_path / 'a').items())


@pytest.mark.parametrize('step', [3, 6, 9])
def test_a_resumed_training_ends_as_one_that_was_never_stopped(
    settings, tmp_path, monkeypatch, step
):
    config = TrainConfig(**settings | {'zoom': 0.7})
    trainer.train(replace(config, out=str(tmp_path / 'whole')), command='')
    with monkeypatch.context() as patched, pytest.raises(Interrupted):
        interrupt_at(patched, step)
        trainer.train(config, command='')
    assert not (Path(config.out) / 'final').exists()
    trainer.train(config, command='', resume=True)
    assert_same(weights_of(tmp_path / 'whole'), weights_of(config.out))


def test_a_learning_rate_that_breaks_the_network_is_named(settings):
    with pytest.raises(ConfigError, match=r'lower lr \(100'):
        changes = {'lr': 100.0, 'weight_decay': 0.1, 'epochs': 30}
        trainer.train(TrainConfig(**settings | changes), command='')


def test_resuming_nothing_is_named(settings):
    with pytest.raises(ConfigError, match='nothing to resume'):
        trainer.train(TrainConfig(**settings), command='', resume=True)


def test_frozen_units_keep_their_weights_and_statistics(settings):
    config = TrainConfig(**settings | {'freeze': 6, 'epochs': 1})
    torch.manual_seed(config.seed)
    trainer.train(config, command='')
    network, _ = checkpoint.load(Path(config.out) / 'final')
    units = [unit for segment in network.segments for unit in segment][1:]
    norms = [m for unit in units for m in unit.modules() if isinstance(m, torch.nn.BatchNorm2d)]
    assert norms[0].running_mean.abs().max() == 0
    assert norms[-1].running_mean.abs().max() > 0


def test_small_pictures_first_still_give_a_network_of_the_full_size(settings):
    config = TrainConfig(**settings | {'size': 24, 'small_size': 18, 'small_epochs': 2})
    record = trainer.train(config, command='')
    assert record.preprocessing['height'] == 24


def test_the_command_trains_and_resumes(class_folders, tmp_path, capsys):
    command = ['train', '--out', str(tmp_path / 'out'), '--threads', '1']
    options = ['--data', str(class_folders), '--width', '0.125', '--epochs', '2', '--exits', '0.4']
    assert cli.main([*command, *options, '--batch-size', '32']) == 0
    assert 'exit 1:' in capsys.readouterr().out
    assert cli.main([*command, '--resume', '--epochs', '5']) == 2
    assert 'epochs 2, not 5' in capsys.readouterr().err


def test_exits_can_be_trained_anew_on_a_finished_backbone(settings, tmp_path):
    trainer.train(TrainConfig(**settings), command='edge_exit train')
    first, record = checkpoint.load(Path(settings['out']) / 'final')
    units = sum(len(segment) for segment in first.segments) - 1
    again = settings | {
        'weights': str(Path(settings['out']) / 'final'),
        'freeze': units,
        'cuts': tuple(record.spec['cuts'][:1]),
        'shares': (),
        'out': str(tmp_path / 'again'),
    }
    trainer.train(TrainConfig(**again), command='edge_exit train')
    second, _ = checkpoint.load(tmp_path / 'again' / 'final')
    pictures = torch.randint(0, 256, (4, *first.example().shape[1:]), dtype=torch.uint8)
    assert len(second.exits) == 2
    assert torch.equal(first.whole(pictures), second.whole(pictures))


def test_exits_that_stand_where_they_stood_begin_as_they_were(settings, tmp_path):
    trainer.train(TrainConfig(**settings), command='edge_exit train')
    path = Path(settings['out']) / 'final'
    first, record = checkpoint.load(path)
    cut = record.spec['cuts'][1]
    again = settings | {'weights': str(path), 'cuts': (1, cut), 'shares': ()}
    pictures = sources.load(again['data'], '', None, 'crop')
    begun = trainer.new_network(TrainConfig(**again), pictures)
    assert_same(first.exits[1].state_dict(), begun.exits[1].state_dict())
    assert_same(first.exits[2].classifier.state_dict(), begun.exits[2].classifier.state_dict())
    assert not torch.equal(first.exits[0].head.bias, begun.exits[0].head.bias)


def test_a_training_goes_on_from_a_bundle(settings, tmp_path):
    trainer.train(TrainConfig(**settings), command='edge_exit train')
    path = Path(settings['out']) / 'final'
    bundling.export(path, tmp_path / 'bundle', name='small', command='edge_exit export')
    again = settings | {'cuts': tuple(checkpoint.load(path)[1].spec['cuts']), 'shares': ()}
    pictures = sources.load(again['data'], '', None, 'crop')
    begun = [
        trainer.new_network(TrainConfig(**again, weights=str(weights)), pictures)
        for weights in (path, tmp_path / 'bundle')
    ]
    ours, theirs = (learned(network) for network in begun)
    assert ours.keys() == theirs.keys()
    for name, tensor in ours.items():  # a bundle holds most of them in half precision
        torch.testing.assert_close(theirs[name], tensor, rtol=1e-3, atol=1e-6)


def test_a_training_comes_before_a_bundle_of_its_name(settings, tmp_path, monkeypatch):
    trainer.train(TrainConfig(**settings), command='edge_exit train')
    path = Path(settings['out']) / 'final'
    shutil.copytree(path, tmp_path / 'cifar10')
    monkeypatch.chdir(tmp_path)
    pictures = sources.load(settings['data'], '', None, 'crop')
    begun = trainer.new_network(TrainConfig(**settings, weights='cifar10'), pictures)
    ours, theirs = checkpoint.load(path)[0].segments.state_dict(), begun.segments.state_dict()
    assert_same(ours, theirs)


def test_weights_that_are_nowhere_are_named(settings):
    with pytest.raises(ConfigError, match=r'"nowhere" is no trained network.*cifar10'):
        trainer.train(TrainConfig(**settings, weights='nowhere'), command='')


def test_a_network_learns_from_a_teacher_what_no_label_says(settings, tmp_path):
    trainer.train(TrainConfig(**settings), command='edge_exit train')
    folders = sorted(path for path in Path(settings['data']).rglob('*') if any(path.glob('*.png')))
    for folder, other in zip(folders, folders[1:] + folders[:1], strict=True):
        shutil.copytree(folder, tmp_path / 'mislabelled' / other.name)
    taught = settings | {
        'data': str(tmp_path / 'mislabelled'),
        'teacher': str(Path(settings['out']) / 'final'),
        'distillation': 1.0,
        'epochs': 6,
        'out': str(tmp_path / 'taught'),
    }
    trainer.train(TrainConfig(**taught), command='edge_exit train')
    _, record = checkpoint.load(tmp_path / 'taught' / 'final')
    assert record.exit_accuracies[-1] < 0.1  # it says what its teacher says, and all labels lie


def test_a_teacher_of_other_classes_is_refused(settings):
    with pytest.raises(ConfigError, match='knows 10 classes'):
        taught = settings | {'teacher': 'cifar10', 'distillation': 1.0}
        trainer.train(TrainConfig(**taught), command='')


def test_weights_of_another_backbone_are_refused(settings, tmp_path):
    trainer.train(TrainConfig(**settings), command='edge_exit train')
    other = settings | {
        'weights': str(Path(settings['out']) / 'final'),
        'width': 2 * settings.get('width', 1.0),
        'out': str(tmp_path / 'other'),
    }
    with pytest.raises(ConfigError, match='does not fit'):
        trainer.train(TrainConfig(**other), command='edge_exit train')
