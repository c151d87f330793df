"""The pictures of a training, for it and for whatever goes on from it."""

from . import sources
from .batches import Batches
from .config import TrainConfig
from .pictures import Pictures, hold_out


def load_pictures(config: TrainConfig) -> tuple[Pictures, Pictures]:
    """Return those that the network learns from, and those that it never sees."""
    pictures = sources.load(config.data, config.root, config.size, config.fit)
    return hold_out(pictures, config.validation, config.seed)


def make_batches(config: TrainConfig, training: Pictures, *, batch_size: int, seed: int) -> Batches:
    """Return batches that are augmented as that training has it."""
    return Batches(
        training, batch_size,
        shift=config.shift, zoom=config.zoom, sharpness=config.sharpness, flip=config.flip,
        seed=seed,
    )  # fmt: skip
