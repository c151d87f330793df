"""Codec: features to bytes and back, with hostile input expected."""

from edge_exit.coding.codec import decode, encode
from edge_exit.coding.coded import CodedFeatures, Coding, Entropy

__all__ = ['CodedFeatures', 'Coding', 'Entropy', 'decode', 'encode']
