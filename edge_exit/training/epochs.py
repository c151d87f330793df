"""The epochs of a training, stopped by a signal between two steps and never within one."""

from collections.abc import Callable

from torch import Tensor
from tqdm import tqdm

from .batches import Batches
from .progress import Position
from .stopping import Interrupted, stop_requests


def run_epochs(
    epochs: int,
    batches: Batches,
    position: Position,
    *,
    begin: Callable[[], None],
    step: Callable[[Tensor, Tensor], float],
    save: Callable[[], None],
    report: Callable[[], None],
) -> None:
    """Train from a position to the end; the position always says where it stands.

    :param begin: called before each epoch, and before the rest of one after a resume.
    :param step: trains on pictures and labels, and gives the loss.
    :param save: writes the state.
    :param report: called after each epoch, when its state has been written.
    :raises Interrupted: on SIGINT or SIGTERM, once the state has been saved.
    """
    with stop_requests() as stop:
        while position.epoch < epochs:
            begin()
            _rest_of_epoch(epochs, batches, position, step, save, stop)
            position.epoch += 1
            position.step = 0
            save()
            report()


def _rest_of_epoch(
    epochs: int,
    batches: Batches,
    position: Position,
    step: Callable[[Tensor, Tensor], float],
    save: Callable[[], None],
    stop: list[int],
) -> None:
    first, count = position.step, len(batches)
    title = f'epoch {position.epoch + 1}/{epochs}'
    rest = batches.epoch(position.epoch, first)
    with tqdm(rest, title, initial=first, total=count, unit='step', mininterval=2) as bar:
        for pictures, labels in bar:
            loss = step(pictures, labels)
            position.step += 1
            bar.set_postfix(loss=f'{loss:.3f}', refresh=False)
            if stop:
                save()
                raise Interrupted
