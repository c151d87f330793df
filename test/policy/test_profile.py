"""What policies know of a bundle."""

import math
from dataclasses import replace

import pytest
from tiny_bundle import LEVELS_OF_CODEC, SEGMENTS, write_tiny_bundle

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


def test_coding_takes_its_time_at_every_split_and_level(tmp_path):
    bundle = write_tiny_bundle(tmp_path / 'tiny')
    profile = profile_of(bundle)
    for split in bundle.splits:
        assert [1e3 * s for s in profile.encoding_times[split.split]] == pytest.approx(
            split.encode_ms
        )
        assert [1e3 * s for s in profile.decoding_times[split.split]] == pytest.approx(
            split.decode_ms
        )


def test_coding_that_was_not_timed_takes_none(tmp_path):
    bundle = write_tiny_bundle(tmp_path / 'tiny')
    untimed = replace(bundle, splits=tuple(replace(one, encode_ms=()) for one in bundle.splits))
    assert profile_of(untimed).encoding_times == ((0.0,) * len(LEVELS_OF_CODEC),) * SEGMENTS


def test_computing_counts_what_sending_takes_and_not_what_comes_around_it(tmp_path):
    profile = profile_of(write_tiny_bundle(tmp_path / 'tiny'))
    inside = profile.overhead - profile.around
    assert inside > 0
    assert profile.computing(1, sent=False) == pytest.approx(inside + profile.segment_times[0])
    assert profile.computing(1, sent=True) == pytest.approx(
        inside + profile.segment_times[0] + 0.02e-3 + profile.sending
    )


def test_accuracy_that_was_not_measured_is_no_number(tmp_path):
    bundle = write_tiny_bundle(tmp_path / 'tiny')
    profile = profile_of(bundle)
    unknown = [math.isnan(value) for row in profile.split_accuracy for value in row]
    assert unknown == [value is None for split in bundle.splits for value in split.accuracy]
    assert any(unknown)
