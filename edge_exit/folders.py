"""Folders that are whole at any moment."""

import os
import shutil
from pathlib import Path


def put_in_place(made: Path, target: Path) -> None:
    """Give a finished folder its name, in the place of the one that has it, if any.

    A crash leaves one of the two whole: under its name, or as `target` with `.old` behind it.

    :param made: on the same file system as `target`.
    """
    former = target.with_name(f'{target.name}.old')
    if target.exists():
        shutil.rmtree(former, ignore_errors=True)
        os.replace(target, former)
    os.replace(made, target)
    shutil.rmtree(former, ignore_errors=True)
