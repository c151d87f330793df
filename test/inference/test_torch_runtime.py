"""Without torch the option says what to install."""

import importlib.util

import pytest
from tiny_bundle import write_tiny_bundle

from edge_exit.errors import BundleError, ConfigError
from edge_exit.inference.network import SegmentedNetwork

HAS_TORCH = importlib.util.find_spec('torch') is not None


@pytest.mark.skipif(HAS_TORCH, reason='torch is installed')
def test_missing_torch_is_named_with_its_cure(tmp_path):
    with pytest.raises(ConfigError, match='pip install'):
        SegmentedNetwork(write_tiny_bundle(tmp_path / 'tiny'), runtime='torch')


@pytest.mark.skipif(not HAS_TORCH, reason='needs torch')
def test_bundle_that_cannot_be_rebuilt_is_refused(tmp_path):
    with pytest.raises(BundleError, match='does not say how to rebuild'):
        SegmentedNetwork(write_tiny_bundle(tmp_path / 'tiny'), runtime='torch')
