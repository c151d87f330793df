"""The settings of a bottleneck training, checked at the border."""

from dataclasses import dataclass

from .ranges import rising, within


@dataclass(frozen=True)
class BottleneckConfig:
    """What decides a bottleneck training's result, apart from the network and its pictures.

    The pictures, how they are divided and how they are augmented, are those of the network's own
    training. `splits` are cut points, all that the network has if empty. `widths` are those that
    are measured and may be offered, `least_width` is the smallest that is trained, `temperature`
    that of the answers compared, `early_weight` the weight of each exit after the split against 1
    of the last, `features_weight` that of the features' relative squared error.
    """

    checkpoint: str
    out: str
    splits: tuple[int, ...] = ()
    widths: tuple[float, ...] = (0.25, 0.5, 1.0)
    epochs: int = 2
    batch_size: int = 96
    lr: float = 1e-3
    encoder_share: float = 0.05
    least_width: float = 0.25
    temperature: float = 2.0
    early_weight: float = 0.2
    features_weight: float = 0.0
    seed: int = 0

    def __post_init__(self) -> None:
        """Refuse values that cannot be meant.

        :raises ConfigError: names the setting, its value and the allowed range.
        """
        for name, low, high in (
            ('epochs', 1, 10_000),
            ('batch_size', 3, 100_000),
            ('lr', 1e-6, 1.0),
            ('encoder_share', 1e-4, 1.0),
            ('least_width', 1e-3, 1.0),
            ('temperature', 0.1, 100.0),
            ('early_weight', 0.0, 100.0),
            ('features_weight', 0.0, 100.0),
        ):
            within(name, getattr(self, name), low, high)
        rising('splits', self.splits, '1,2')
        rising('widths', self.widths, '0.25,0.5,1')
        for width in self.widths:
            within('widths', width, 1e-3, 1.0)
