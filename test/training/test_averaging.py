"""What `edge_exit average` promises: a backbone between two, the exits of the first."""

from pathlib import Path

import pytest

torch = pytest.importorskip('torch', reason='training needs torch: pip install edge_exit[train]')

from edge_exit import cli
from edge_exit.errors import ConfigError
from edge_exit.training import averaging, checkpoint, trainer
from edge_exit.training.config import TrainConfig

pytestmark = pytest.mark.usefixtures('one_thread')


@pytest.fixture
def two(settings, tmp_path) -> tuple[str, str]:
    """A training with exits that began with one that has none."""
    alone = settings | {'shares': (), 'out': str(tmp_path / 'alone')}
    trainer.train(TrainConfig(**alone), command='edge_exit train')
    first, second = f'{settings["out"]}/final', f'{alone["out"]}/final'
    trainer.train(TrainConfig(**settings | {'weights': second}), command='edge_exit train')
    return first, second


def convolution(folder: str | Path) -> torch.Tensor:
    """Give the weights of the first convolution that learns."""
    network = checkpoint.load(folder)[0]
    units = [unit for segment in network.segments for unit in segment]
    return next(m for m in units[3].modules() if isinstance(m, torch.nn.Conv2d)).weight


def test_the_backbone_lies_between_and_the_exits_are_those_of_the_first(two, tmp_path):
    first, second = two
    command = ['average', first, second, '--share', '0.25', '--out', str(tmp_path / 'mean')]
    assert cli.main(command) == 0
    mean = tmp_path / 'mean' / 'final'
    expected = 0.75 * convolution(first) + 0.25 * convolution(second)
    assert not torch.equal(convolution(first), convolution(second))
    torch.testing.assert_close(convolution(mean), expected)
    ours, theirs = (checkpoint.load(folder)[0].exits[0] for folder in (mean, first))
    assert torch.equal(ours.head.weight[:-1], theirs.head.weight[:-1])
    assert len(checkpoint.load(mean)[1].exit_accuracies) == len(checkpoint.load(first)[0].exits)


def test_other_backbones_and_shares_are_refused(two, settings, tmp_path):
    first, second = two
    with pytest.raises(ConfigError, match=r'share is 1.5'):
        averaging.average(first, second, 1.5, str(tmp_path / 'none'), command='')
    wide = settings | {'width': 0.25, 'out': str(tmp_path / 'wide')}
    trainer.train(TrainConfig(**wide), command='edge_exit train')
    with pytest.raises(ConfigError, match='different backbones'):
        averaging.average(first, f'{wide["out"]}/final', 0.5, str(tmp_path / 'none'), command='')
    assert not (tmp_path / 'none').exists()
