"""Output files that are either whole or as they were."""

import json
import os
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any, BinaryIO


def write_whole(path: Path, write: Callable[[BinaryIO], Any]) -> None:
    """Let `write` fill a file that takes the name only when it is complete.

    :raises OSError: if the folder cannot be made or written to.
    """
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


def write_json(path: Path, value: Any) -> None:
    """Write a value as JSON that every reader understands: NaN is refused.

    :raises ValueError: if a number in it is not finite.
    """
    text = json.dumps(value, indent=2, allow_nan=False) + '\n'
    write_whole(path, lambda file: file.write(text.encode()))
