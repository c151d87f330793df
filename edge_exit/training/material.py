"""The pictures that a network was trained with, for whatever goes on from it."""

from . import sources
from .batches import Batches
from .checkpoint import Record
from .pictures import Pictures, hold_out


def load_pictures(record: Record) -> tuple[Pictures, Pictures]:
    """Return those that the network was trained with, and those that it has never seen."""
    theirs = record.config
    height = record.preprocessing['height']
    pictures = sources.load(theirs['data'], theirs['root'], height, theirs['fit'])
    return hold_out(pictures, theirs['validation'], record.seed)


def make_batches(record: Record, training: Pictures, *, batch_size: int, seed: int) -> Batches:
    """Return batches that are augmented as in the training of the network."""
    theirs = record.config
    return Batches(
        training, batch_size,
        shift=theirs['shift'], zoom=theirs['zoom'], flip=theirs['flip'], seed=seed,
    )  # fmt: skip
