"""The settings of one training, checked at the border."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from edge_exit.errors import ConfigError
from edge_exit.model.backbones import NAMES

from .ranges import one_of, rising, within

PRECISIONS = ('float32', 'bfloat16')
REGIMES = ('joint', 'weighted', 'frozen', 'mixed')


@dataclass(frozen=True)
class TrainConfig:
    """Everything that decides a training's result, apart from the pictures themselves.

    `lr` is the peak of the schedule for a batch of `batch_size`. `weight_decay` is relative to the
    learning rate, as torch's SGD has it. `exit_weight` is the weight of each early exit's own
    cross-entropy, one for all or one for each; `halting_weight` the beta of losses.py. `regime`
    says what learns when, see regimes.py; `backbone_epochs` how long the backbone learns alone.
    `precision` is that of convolutions and products while training; weights are kept in float32.
    """

    data: str
    out: str
    root: str = '~/.cache/edge_exit'
    backbone: str = 'convnet'
    weights: str | None = None
    teacher: str | None = None
    width: float = 1.0
    shares: tuple[float, ...] = (0.25, 0.5, 0.7)
    cuts: tuple[int, ...] = ()
    exit_share: float = 0.025
    size: int | None = None
    small_size: int | None = None
    small_epochs: int = 0
    freeze: int = 0
    fit: str = 'crop'
    validation: float = 0.1
    regime: str = 'joint'
    backbone_epochs: int = 0
    epochs: int = 12
    batch_size: int = 512
    lr: float = 0.75
    backbone_lr: float = 1.0
    momentum: float = 0.85
    weight_decay: float = 1.3e-3
    bias_lr: float = 1.0
    label_smoothing: float = 0.2
    combined_weight: float = 0.5
    exit_weight: float | tuple[float, ...] = 0.3
    halting_weight: float = 1.0
    distillation: float = 0.0
    shift: int = 2
    zoom: float = 1.0
    sharpness: float = 0.0
    flip: bool = True
    ema: float = 0.99
    precision: str = 'float32'
    seed: int = 0

    @classmethod
    def from_json(cls, values: Mapping[str, Any]) -> 'TrainConfig':
        """Read settings back that were kept as JSON, which has no tuples."""
        return cls(**{k: tuple(v) if isinstance(v, list) else v for k, v in values.items()})

    def __post_init__(self) -> None:
        """Refuse values that cannot be meant.

        :raises ConfigError: names the setting, its value and the allowed range.
        """
        one_of('backbone', self.backbone, NAMES)
        one_of('fit', self.fit, ('crop', 'stretch'))
        one_of('regime', self.regime, REGIMES)
        one_of('precision', self.precision, PRECISIONS)
        for name in ('epochs', 'batch_size'):
            within(name, getattr(self, name), 1, 1_000_000)
        for name in ('lr', 'width'):
            within(name, getattr(self, name), 1e-6, 100.0)
        for name in (
            'combined_weight',
            'halting_weight',
            'weight_decay',
            'backbone_lr',
        ):
            within(name, getattr(self, name), 0.0, 100.0)
        weights = self.exit_weight
        for weight in weights if isinstance(weights, tuple) else (weights,):
            within('exit_weight', weight, 0.0, 100.0)
        for name in ('momentum', 'label_smoothing', 'ema'):
            within(name, getattr(self, name), 0.0, 0.9999)
        within('distillation', self.distillation, 0.0, 1.0)
        if self.teacher and not self.distillation:
            raise ConfigError(
                f'teacher is "{self.teacher}", but distillation 0 lets nothing be learned from it: '
                'set --distillation, at most 1'
            )
        within('validation', self.validation, 0.01, 0.5)
        within('zoom', self.zoom, 0.1, 1.0)
        within('sharpness', self.sharpness, 0.0, 2.0)
        within('shift', self.shift, 0, 64)
        for name in ('size', 'small_size'):
            if getattr(self, name) is not None:
                within(name, getattr(self, name), 17, 1024)
        within('small_epochs', self.small_epochs, 0, self.epochs if self.small_size else 0)
        self._check_regime()
        within('freeze', self.freeze, 0, 1000)
        within('exit_share', self.exit_share, 0.0, 0.03)
        rising('exits', self.shares, '0.25,0.5,0.7')
        for share in self.shares:
            within('exits', share, 0.01, 0.99)

    def _check_regime(self) -> None:
        alone = self.epochs - 1 if self.regime in ('frozen', 'mixed') else 0
        least = 1 if self.regime == 'mixed' or (self.regime == 'frozen' and not self.weights) else 0
        if not least <= self.backbone_epochs <= alone:
            raise ConfigError(
                f'backbone_epochs is {self.backbone_epochs}: regime "{self.regime}" with '
                f'{self.epochs} epochs and {"" if self.weights else "no "}weights to begin with '
                f'takes {least}..{alone}'
            )
