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
        ('sharpness', -0.1),
        ('teacher', 'objects20'),
        ('size', 4),
        ('shares', (0.5, 0.2)),
        ('shares', (0.5, 1.5)),
        ('small_epochs', 2),
        ('regime', 'sloppy'),
        ('backbone_epochs', 3),
        ('exit_weight', (0.5, -1.0)),
    ],
)
def test_bad_values_are_named(setting, value):
    with pytest.raises(ConfigError) as error:
        TrainConfig(data='x', out='y', **{setting: value})
    name = 'exits' if setting == 'shares' else setting
    shown = value[-1] if isinstance(value, tuple) else value
    assert name in str(error.value)
    assert str(shown) in str(error.value)


@pytest.mark.parametrize(
    ('regime', 'backbone_epochs'), [('mixed', 0), ('mixed', 12), ('frozen', 0), ('weighted', 1)]
)
def test_epochs_of_the_backbone_alone_must_fit_the_regime(regime, backbone_epochs):
    with pytest.raises(ConfigError, match=f'backbone_epochs is {backbone_epochs}: .*"{regime}"'):
        TrainConfig(data='x', out='y', regime=regime, backbone_epochs=backbone_epochs)
