"""A trained model on disk: manifest, integrity, finding one by name."""

from edge_exit.bundle.bundle import (
    Backbone,
    Bottleneck,
    Bundle,
    CodecLevel,
    Exit,
    Preprocessing,
    Segment,
    Split,
)
from edge_exit.bundle.loading import find, load, names

__all__ = [
    'Backbone',
    'Bottleneck',
    'Bundle',
    'CodecLevel',
    'Exit',
    'Preprocessing',
    'Segment',
    'Split',
    'find',
    'load',
    'names',
]
