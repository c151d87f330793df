"""Codec: features to bytes and back, with hostile input expected."""
