"""Training regimes: what learns in which epochs, and from which exits' losses."""

from dataclasses import dataclass

from edge_exit.errors import ConfigError
from edge_exit.model.network import MultiExitNetwork

from .config import TrainConfig

BACKBONE, EXITS, ALL = 'backbone', 'exits', 'all'
# What learns before and from `backbone_epochs` on.
_PARTS = {
    'joint': (ALL, ALL),
    'weighted': (ALL, ALL),
    'frozen': (BACKBONE, EXITS),
    'mixed': (BACKBONE, ALL),
}


@dataclass(frozen=True)
class Phase:
    """Epochs in which the same part learns, under a learning rate that rises and falls once.

    :ivar part: BACKBONE (its last exit included), EXITS (the early ones) or ALL.
    :ivar first: first epoch of it.
    :ivar end: the epoch after its last one.
    """

    part: str
    first: int
    end: int


def phase_at(config: TrainConfig, epoch: int) -> Phase:
    """Give the phase that an epoch, from 0 on, belongs to."""
    before, after = _PARTS[config.regime]
    if epoch < config.backbone_epochs:
        return Phase(before, 0, config.backbone_epochs)
    return Phase(after, config.backbone_epochs, config.epochs)


def frozen_units(config: TrainConfig, phase: Phase, network: MultiExitNetwork) -> int:
    """Give how many of the first body units stay as they are in a phase."""
    return len(network.body) if phase.part == EXITS else config.freeze


def combined_weight(config: TrainConfig) -> float:
    """Give the weight of the exits' combination: `weighted` has each exit's own loss alone."""
    return 0.0 if config.regime == 'weighted' else config.combined_weight


def exit_weights(config: TrainConfig, network: MultiExitNetwork) -> tuple[float, ...]:
    """Give the weight of each early exit's own loss.

    :raises ConfigError: if there are neither one nor as many as early exits, or if nothing but
        early exits would learn and there are none.
    """
    early = len(network.exits) - 1
    if not early and config.regime == 'frozen':
        raise ConfigError('regime "frozen" trains early exits, but there are none: give --exits')
    given = config.exit_weight
    if not isinstance(given, tuple):
        return (given,) * early
    if len(given) != early:
        raise ConfigError(
            f'exit_weight {",".join(map(str, given))} has {len(given)} numbers, but the network '
            f'has {early} early exits: give one for each, or a single one for all'
        )
    return given
