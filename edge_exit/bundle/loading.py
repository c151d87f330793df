"""Finding a bundle by name or path, and loading it."""

import os
from importlib import resources
from pathlib import Path

from edge_exit.bundle import integrity, manifest
from edge_exit.bundle.bundle import Bundle
from edge_exit.errors import BundleError

FOLDERS_VARIABLE = 'EDGE_EXIT_BUNDLES'
# Where the bundles lie that come with this package.
OWN_FOLDER = Path(str(resources.files('edge_exit'))) / 'bundles'


def load(name_or_path: str | Path) -> Bundle:
    """Load a bundle and check all its files.

    :param name_or_path: folder of a bundle, or the name of one in the folders of
        $EDGE_EXIT_BUNDLES or among those that come with this package.
    :raises BundleError: if there is none, or it is damaged.
    """
    read = manifest.read(find(name_or_path))
    integrity.check(read)
    return read.bundle


def find(name_or_path: str | Path) -> Path:
    """Give the folder of a bundle.

    :raises BundleError: naming the bundles that there are.
    """
    wanted = str(name_or_path)
    if wanted and (Path(wanted) / manifest.FILE).is_file():
        return Path(wanted).resolve()
    if wanted and Path(wanted).name == wanted and not wanted.startswith('.'):
        for folder in _folders():
            if (folder / wanted / manifest.FILE).is_file():
                return folder / wanted
    raise BundleError(
        f'no bundle "{wanted}": neither a folder with {manifest.FILE} nor one of '
        f'{", ".join(names()) or "none"} (folders in ${FOLDERS_VARIABLE} are searched too)'
    )


def names() -> list[str]:
    """Give the names of all bundles that can be found by name."""
    found = {
        path.parent.name
        for folder in _folders()
        if folder.is_dir()
        for path in folder.glob(f'*/{manifest.FILE}')
    }
    return sorted(found)


def _folders() -> list[Path]:
    listed = os.environ.get(FOLDERS_VARIABLE, '').split(os.pathsep)
    return [Path(folder) for folder in listed if folder] + [OWN_FOLDER]
