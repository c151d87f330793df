"""The trained network of a bundle, as torch has it."""

from safetensors.torch import load_file

from edge_exit.bundle import Bundle
from edge_exit.errors import BundleError

from .build import build
from .network import MultiExitNetwork


def rebuild(bundle: Bundle) -> MultiExitNetwork:
    """Return the network in eval mode, with the bundle's weights.

    :raises BundleError: if the bundle does not say how, or its weights do not fit.
    """
    if not bundle.architecture:
        raise BundleError(
            f'bundle "{bundle.name}" does not say how to rebuild its network; use runtime "onnx"'
        )
    try:
        network = build(bundle.architecture)
        weights = load_file(bundle.path / bundle.weights)
        missing, unexpected = network.load_state_dict(weights, strict=False)
    except (RuntimeError, KeyError, TypeError, ValueError) as error:
        raise BundleError(f'bundle "{bundle.name}" cannot be rebuilt in torch: {error}') from error
    missing = [name for name in missing if not name.endswith('num_batches_tracked')]
    unexpected = [name for name in unexpected if not name.startswith('bottlenecks.')]
    if missing or unexpected:
        raise BundleError(
            f'bundle "{bundle.name}": weights {missing[:3]} are missing, {unexpected[:3]} not used'
        )
    return network.eval()
