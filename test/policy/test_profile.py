"""What policies know of a bundle."""

import math

import pytest
from tiny_bundle import BOTTLENECK, LEVELS_OF_CODEC, SEGMENTS, write_tiny_bundle

from edge_exit import bundle as bundles
from edge_exit.policy.profile import message_bytes, profile_of


def test_profile_holds_what_the_manifest_says_for_every_split_and_level():
    bundle = bundles.load('cifar10')
    profile = profile_of(bundle)
    assert profile.exit_accuracy == tuple(s.exit.accuracy for s in bundle.segments)
    for split in bundle.splits:
        sizes = tuple(message_bytes(coded, len(bundle.classes)) for coded in split.bytes)
        assert profile.split_bytes[split.split] == sizes
        assert profile.split_accuracy[split.split] == pytest.approx(split.accuracy)


def test_encoder_takes_time_at_the_levels_that_use_it_and_nowhere_else(tmp_path):
    bundle = write_tiny_bundle(tmp_path / 'tiny')
    profile = profile_of(bundle)
    bottleneck = bundle.splits[BOTTLENECK].bottleneck
    for split in range(SEGMENTS):
        for level, (_, width) in enumerate(LEVELS_OF_CODEC.values()):
            used = split == BOTTLENECK and width is not None
            assert profile.encoder_times[split][level] == (
                bottleneck.encoder_ms / 1e3 if used else 0.0
            )
            assert profile.decoder_times[split][level] == (
                bottleneck.decoder_ms / 1e3 if used else 0.0
            )


def test_accuracy_that_was_not_measured_is_no_number(tmp_path):
    bundle = write_tiny_bundle(tmp_path / 'tiny')
    profile = profile_of(bundle)
    unknown = [math.isnan(value) for row in profile.split_accuracy for value in row]
    assert unknown == [value is None for split in bundle.splits for value in split.accuracy]
    assert any(unknown)
