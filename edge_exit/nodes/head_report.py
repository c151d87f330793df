"""What a head reports about itself on /diagnostics."""

from collections import Counter
from dataclasses import asdict

from edge_exit.bundle import Bundle
from edge_exit.inference.ledger import Counts
from edge_exit.inference.network import SegmentedNetwork
from edge_exit.nodes.diagnostics import OK, WARN, Health
from edge_exit.parameters.head import WHOLE
from edge_exit.policy.operating_point import OperatingPoint


def health(
    *,
    state: str,
    counts: Counts,
    rejected: Counter[str],
    network: SegmentedNetwork,
    point: OperatingPoint,
    tails: dict[str, object],
    other: dict[str, int],
    same_names: int,
) -> Health:
    """Put all counters and measurements of a head together.

    :param state: of the lifecycle.
    :param rejected: images refused, by kind.
    :param other: more counters, by name; any that is not 0 is a warning.
    :param same_names: heads on the network with this head's name.
    """
    values = asdict(counts) | other
    values['heads of this name'] = same_names
    values |= {f'rejected: {kind}': count for kind, count in sorted(rejected.items())}
    values |= {f'operating point: {name}': value for name, value in asdict(point).items()}
    values |= {f'segment {index}: ms': 1e3 * network.service(index) for index in network.segments}
    troubles = _troubles(rejected, other, same_names)
    return Health(
        WARN if troubles else OK,
        '; '.join([state, *troubles]),
        values | tails,
    )


def sending_text(sending: str, room: int, bundle: Bundle) -> str:
    """Say in words how frames are sent from now on.

    :param room: coded bytes of a chunk at most.
    """
    if sending == WHOLE:
        return 'frames are sent whole'
    if room <= 0:
        return 'frames are sent whole: names and classes alone fill a chunk'
    whole = [level.name for level in bundle.codec_levels if level.width is None]
    return (
        f'codes are sent in chunks of up to {room} coded bytes; '
        f'pictures and features (levels {", ".join(whole)}) are sent whole'
    )


def _troubles(rejected: Counter[str], other: dict[str, int], same_names: int) -> list[str]:
    troubles = [f'{count} {name}' for name, count in other.items() if count]
    if rejected:
        troubles.append(f'{rejected.total()} images refused')
    if same_names > 1:
        troubles.append(f'{same_names} heads have this name')
    return troubles
