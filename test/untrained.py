"""What training would have recorded of a network that nobody trained. Needs torch."""

from edge_exit.model.build import cost
from edge_exit.training.checkpoint import Record


def record(network, classes: int) -> Record:
    """Make the record of a network that nobody trained."""
    macs = cost(network)
    exits = len(macs.exits)
    return Record(
        name='untrained',
        spec=network.spec,
        classes=[f'class {index}' for index in range(classes)],
        preprocessing={'height': 32, 'width': 32, 'channels': 3, 'fit': 'crop'},
        temperatures=[1.0 + index for index in range(exits)],
        exit_accuracies=[0.5] * exits,
        curve=[{'threshold': 0.5, 'accuracy': 0.5, 'mean_macs': 1.0}],
        segment_macs=macs.segments,
        exit_macs=macs.exits,
        validation_pictures=1,
        data='/somewhere/pictures',
        seed=0,
        command='edge_exit train',
    )
