"""A setting that cannot be meant is named, with its value."""

import pytest

pytest.importorskip('torch', reason='training needs torch: pip install edge_exit[train]')

from edge_exit.errors import ConfigError
from edge_exit.training.config import TrainConfig


@pytest.mark.parametrize(
    ('setting', 'value'),
    [
        ('backbone', 'resnet19'),
        ('fit', 'squeeze'),
        ('epochs', 0),
        ('batch_size', -8),
        ('lr', float('nan')),
        ('momentum', 1.0),
        ('validation', 0.9),
        ('zoom', 0.0),
        ('size', 4),
        ('shares', (0.5, 0.2)),
        ('shares', (0.5, 1.5)),
        ('small_epochs', 2),
    ],
)
def test_bad_values_are_named(setting, value):
    with pytest.raises(ConfigError) as error:
        TrainConfig(data='x', out='y', **{setting: value})
    name = 'exits' if setting == 'shares' else setting
    shown = value[-1] if isinstance(value, tuple) else value
    assert name in str(error.value)
    assert str(shown) in str(error.value)
