"""Labelled pictures in class folders, read one after the other."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np

from edge_exit.bundle import Bundle
from edge_exit.errors import ConfigError, ImageError
from edge_exit.inference.preprocess import picture_from

SUFFIXES = {'.jpg', '.jpeg', '.png', '.webp', '.bmp', '.ppm', '.pgm', '.tif', '.tiff'}


@dataclass(frozen=True, slots=True)
class LabelledFile:
    """A picture file and the index of its class."""

    path: Path
    label: int


def as_it_is(image: np.ndarray) -> np.ndarray:
    """Show a picture to the camera that fills its image and nothing more."""
    return image


def labelled_files(folder: Path, bundle: Bundle) -> list[LabelledFile]:
    """List the pictures of a folder with one folder for each class, as torchvision's ImageFolder.

    Folders are named like the bundle's classes; spaces may be written as underscores.

    :raises ConfigError: if there are none, or a folder is not named like a class.
    """
    if not folder.is_dir():
        raise ConfigError(f'"{folder}" is not a folder')
    index = {_plain(name): place for place, name in enumerate(bundle.classes)}
    folders = sorted(path for path in folder.iterdir() if path.is_dir())
    unknown = [path.name for path in folders if _plain(path.name) not in index]
    if unknown:
        raise ConfigError(
            f'"{folder}" has folders that are no class of bundle "{bundle.name}": '
            f'{", ".join(unknown[:5])} (classes: {", ".join(bundle.classes[:30])})'
        )
    found = [
        LabelledFile(path, index[_plain(place.name)])
        for place in folders
        for path in sorted(place.rglob('*'))
        if path.suffix.lower() in SUFFIXES
    ]
    if not found:
        raise ConfigError(
            f'"{folder}" has no pictures; it must hold one folder for each class, named like it'
        )
    return found


def batches(
    files: list[LabelledFile],
    bundle: Bundle,
    *,
    size: int,
    shown: Callable[[np.ndarray], np.ndarray] = as_it_is,
) -> Iterator[tuple[np.ndarray, np.ndarray]]:
    """Read pictures as the robot would take them from its camera.

    :param shown: makes the camera's image of a picture, both BGR; by default it is the picture.
    :returns: uint8 (N, H, W, C) and labels int64 (N,), N at most `size`.
    :raises ConfigError: naming the file that is not a picture.
    """
    for start in range(0, len(files), size):
        part = files[start : start + size]
        pictures = np.stack([read_picture(file.path, bundle, shown) for file in part])
        yield pictures, np.array([file.label for file in part])


def read_picture(
    path: Path, bundle: Bundle, shown: Callable[[np.ndarray], np.ndarray] = as_it_is
) -> np.ndarray:
    """Read one picture, uint8 (H, W, C); `shown` as in `batches`.

    :raises ConfigError: if it is not one.
    """
    # Any depth and any channels become 8 bit BGR; transparency is dropped.
    image = cv2.imread(str(path), cv2.IMREAD_COLOR)
    if image is None:
        raise ConfigError(f'"{path}" cannot be read as a picture: remove or replace it')
    try:
        return picture_from(shown(image), bundle.preprocessing)
    except ImageError as error:
        raise ConfigError(f'"{path}": {error}') from error


def _plain(name: str) -> str:
    return name.replace(' ', '_').replace('/', '_')
