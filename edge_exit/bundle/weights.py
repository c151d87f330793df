"""Where each tensor lies in a safetensors file, so that graphs can point at it."""

import json
import struct
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from edge_exit.errors import BundleError

LARGEST_HEADER = 1 << 24


@dataclass(frozen=True, slots=True)
class Place:
    """Bytes of one tensor, counted from the start of the file."""

    dtype: str
    shape: tuple[int, ...]
    offset: int
    length: int


def places(path: Path) -> dict[str, Place]:
    """Read where each tensor lies, by name.

    :raises BundleError: if this is not a safetensors file.
    """
    try:
        with path.open('rb') as file:
            (length,) = struct.unpack('<Q', file.read(8))
            if length > LARGEST_HEADER:
                raise BundleError(f'{path}: header of {length} bytes, more than {LARGEST_HEADER}')
            header = json.loads(file.read(length))
        header.pop('__metadata__', None)
        return {name: _place(entry, 8 + length) for name, entry in header.items()}
    except (OSError, ValueError, struct.error, KeyError, TypeError, AttributeError) as error:
        raise BundleError(f'{path} is not a safetensors file: {error}') from error


def read(path: Path) -> dict[str, np.ndarray]:
    """Read all tensors, by name.

    :raises BundleError: if this is not a safetensors file.
    """
    from safetensors.numpy import load_file

    try:
        return load_file(path)
    except Exception as error:
        raise BundleError(f'{path} is not a safetensors file: {error}') from error


def _place(entry: dict, data_start: int) -> Place:
    start, end = entry['data_offsets']
    return Place(entry['dtype'], tuple(entry['shape']), data_start + start, end - start)
