"""Output files that are either whole or as they were."""

import json
import os
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any, BinaryIO

from edge_exit.errors import ConfigError, EdgeExitError


def write_whole(path: Path, write: Callable[[BinaryIO], Any]) -> None:
    """Let `write` fill a file that takes the name only when it is complete.

    :raises EdgeExitError: if the folder cannot be made or written to, or the disk is full.
    """
    try:
        _write_whole(path, write)
    except OSError as error:
        raise EdgeExitError(
            f'cannot write {path}: {error.strerror}; what was there is as it was'
        ) from error


def check_place(path: Path | None) -> None:
    """Say before long work that its result could not be written; None is no result.

    :raises ConfigError: if there is a folder of that name, or none can be where it should lie.
    """
    if path is None:
        return
    if path.is_dir():
        raise ConfigError(f'cannot write {path}: it is a folder; give the name of a file')
    there = next(folder for folder in path.absolute().parents if folder.exists())
    if not there.is_dir() or not os.access(there, os.W_OK):
        raise ConfigError(f'cannot write {path}: {there} is no folder that can be written to')


def write_json(path: Path, value: Any) -> None:
    """Write a value as JSON that every reader understands: NaN is refused.

    :raises ValueError: if a number in it is not finite.
    :raises EdgeExitError: as `write_whole`.
    """
    text = json.dumps(value, indent=2, allow_nan=False) + '\n'
    write_whole(path, lambda file: file.write(text.encode()))


def _write_whole(path: Path, write: Callable[[BinaryIO], Any]) -> None:
    if path.exists() and not path.is_file():  # a pipe or a device has no name to take
        with path.open('wb') as file:
            write(file)
        return
    path = path.resolve()  # a link stays one
    path.parent.mkdir(parents=True, exist_ok=True)
    handle, name = tempfile.mkstemp(dir=path.parent, prefix=path.name, suffix='.tmp')
    try:
        with os.fdopen(handle, 'wb') as file:
            write(file)
        os.chmod(name, 0o644)
        os.replace(name, path)
    except BaseException:
        os.unlink(name)
        raise
