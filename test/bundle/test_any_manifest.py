"""Whatever stands in a manifest, it is read or refused: nothing else happens."""

import copy

import pytest
import yaml
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from tiny_bundle import write_tiny_bundle

from edge_exit.bundle import manifest
from edge_exit.errors import BundleError

ANYTHING = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(2**70), 2**70)
    | st.floats()
    | st.text(max_size=5)
    | st.sampled_from(['raw', 'encoder_2.onnx', '../x', '0' * 64]),
    lambda children: (
        st.lists(children, max_size=4)
        | st.dictionaries(st.sampled_from(['shape', 'split', 'bytes', 'x']), children, max_size=3)
    ),
    max_leaves=6,
)


@pytest.fixture(scope='module')
def tiny(tmp_path_factory):
    return write_tiny_bundle(tmp_path_factory.mktemp('bundles') / 'tiny')


@pytest.fixture(scope='module')
def values(tiny):
    return yaml.safe_load((tiny.path / manifest.FILE).read_text())


def places(values, path=()):
    """List the way to every value below."""
    if path:
        yield path
    if isinstance(values, dict | list):
        for key in values if isinstance(values, dict) else range(len(values)):
            yield from places(values[key], (*path, key))


@settings(deadline=None, max_examples=60, suppress_health_check=[HealthCheck.too_slow])
@given(st.data())
def test_a_manifest_with_any_value_anywhere_is_read_or_refused(tiny, values, data):
    changed = copy.deepcopy(values)
    *way, last = data.draw(st.sampled_from(list(places(values))))
    holder = changed
    for key in way:
        holder = holder[key]
    if data.draw(st.booleans()):
        del holder[last]
    else:
        holder[last] = data.draw(ANYTHING)
    try:
        bundle = manifest.checked(changed, tiny.path).bundle
    except BundleError:
        return
    levels = len(bundle.codec_levels)
    assert [split.split for split in bundle.splits] == list(range(len(bundle.segments)))
    assert all(len(split.bytes) == len(split.accuracy) == levels for split in bundle.splits)
    assert len(bundle.splits[0].quality) == levels
