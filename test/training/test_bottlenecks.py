"""What `edge_exit train-bottlenecks` promises: the network stays, bytes fall, it resumes."""

import os
import signal
from dataclasses import replace
from pathlib import Path

import pytest

torch = pytest.importorskip('torch', reason='training needs torch: pip install edge_exit[train]')

from edge_exit import cli
from edge_exit.errors import ConfigError
from edge_exit.training import (
    bottleneck_files,
    bottleneck_loop,
    bottleneck_table,
    bottlenecks,
    checkpoint,
    trainer,
)
from edge_exit.training.bottleneck_config import BottleneckConfig
from edge_exit.training.config import TrainConfig
from edge_exit.training.stopping import Interrupted

pytestmark = pytest.mark.usefixtures('one_thread')


@pytest.fixture
def trained(settings) -> Path:
    trainer.train(TrainConfig(**settings), command='edge_exit train')
    return Path(settings['out']) / 'final'


@pytest.fixture
def config(trained, tmp_path) -> BottleneckConfig:
    (tmp_path / 'bottlenecks').mkdir()
    out = str(tmp_path / 'bottlenecks')
    return BottleneckConfig(checkpoint=str(trained), out=out, batch_size=12, epochs=2)


def weights_in(folder: Path) -> dict:
    return bottleneck_files.load_file(folder / bottleneck_files.WEIGHTS)


def test_the_network_stays_bit_by_bit_and_its_answers_survive_the_journey(config, trained):
    before = (trained / 'network.safetensors').read_bytes()
    record = bottlenecks.train(replace(config, out=str(trained), epochs=8, lr=0.01), command='')
    assert (trained / 'network.safetensors').read_bytes() == before
    rows = {(row['split'], row['level']): row for row in record.table}
    raw, slim = rows[1, 'raw'], rows[1, 'w100_4bit']
    assert slim['bytes'] < raw['bytes'] / 8
    assert slim['accuracy'] >= raw['accuracy'] - 0.1
    assert rows[1, 'w25_4bit']['bytes'] < slim['bytes']
    network, _ = checkpoint.load(trained)
    loaded, record = bottleneck_files.load(trained, network)
    assert [level['name'] for level in record.levels][:2] == ['raw', '8bit']
    assert sorted(loaded) == ['1', '2']


def test_training_touches_no_weight_of_the_network(config, monkeypatch):
    seen = []
    original = bottleneck_loop.Loop.run

    def run(loop):
        seen.append({n: t.clone() for n, t in loop._network.state_dict().items()})
        original(loop)
        seen.append(loop._network.state_dict())

    monkeypatch.setattr(bottleneck_loop.Loop, 'run', run)
    bottlenecks.train(config, command='')
    before, after = seen
    assert all(torch.equal(before[name], after[name]) for name in before)


def test_a_resumed_training_ends_as_one_that_was_never_stopped(config, tmp_path, monkeypatch):
    whole = tmp_path / 'whole'
    whole.mkdir()
    bottlenecks.train(replace(config, out=str(whole)), command='')
    original, done = bottleneck_loop.Loop._step, []

    def step(self, *batch):
        done.append(None)
        if len(done) == 11:
            os.kill(os.getpid(), signal.SIGINT)
        return original(self, *batch)

    with monkeypatch.context() as patched, pytest.raises(Interrupted):
        patched.setattr(bottleneck_loop.Loop, '_step', step)
        bottlenecks.train(config, command='')
    bottlenecks.train(config, command='', resume=True)
    first, second = weights_in(whole), weights_in(Path(config.out))
    assert all(torch.equal(first[name], second[name]) for name in first)
    with pytest.raises(ConfigError, match='nothing to resume'):
        bottlenecks.train(config, command='', resume=True)


def test_bottlenecks_of_another_network_are_refused(config, trained, settings, tmp_path):
    bottlenecks.train(replace(config, out=str(trained), epochs=1), command='')
    other = TrainConfig(**settings | {'out': str(tmp_path / 'other'), 'seed': 1, 'epochs': 1})
    trainer.train(other, command='')
    network, _ = checkpoint.load(tmp_path / 'other' / 'final')
    with pytest.raises(ConfigError, match='another network'):
        bottleneck_files.load(trained, network)
    assert bottleneck_files.load(tmp_path / 'other' / 'final', network) is None


def test_a_split_that_the_network_has_not_is_named(config):
    with pytest.raises(ConfigError, match=r'splits \(3,\).*1\.\.2'):
        bottlenecks.train(replace(config, splits=(3,)), command='')


def test_the_command_writes_beside_the_network(trained, capsys):
    command = ['train-bottlenecks', '--checkpoint', str(trained), '--epochs', '1', '--threads', '1']
    wanted = ['--splits', '1', '--widths', '0.35,0.5']
    assert cli.main([*command, *wanted, '--batch-size', '24']) == 0
    said = capsys.readouterr().out
    assert 'split 1 w35_4bit' in said
    assert 'split 1 w25_4bit' not in said
    assert (trained / 'bottlenecks.json').is_file()


def test_a_level_is_offered_where_nothing_as_cheap_is_as_accurate():
    def row(split: int, level: str, size: int, accuracy: float) -> dict:
        return {'split': split, 'level': level, 'bytes': size, 'accuracy': accuracy}

    rows = [
        row(1, 'raw', 9000, 0.95),
        row(1, 'w100_8bit', 800, 0.93),
        row(1, 'w100_4bit', 400, 0.93),
        row(1, 'w50_4bit', 200, 0.8),
        row(1, 'w100_2bit', 210, 0.7),
        row(1, 'w25_2bit', 60, 0.5),
        row(2, 'w50_4bit', 200, 0.6),
        row(2, 'w100_2bit', 210, 0.7),
    ]
    levels = bottleneck_table.slim_levels((0.25, 0.5, 1.0))
    offered = [level.name for level in bottleneck_table.worth_offering(rows, levels)]
    assert offered == ['w100_2bit', 'w100_4bit', 'w50_4bit', 'w25_2bit']
