"""Find labelled pictures: class folders, sheets of tiles, or a data set by name."""

import gzip
import json
from pathlib import Path

import cv2
import numpy as np
from tqdm import tqdm

from edge_exit.bundle import Preprocessing
from edge_exit.errors import ConfigError
from edge_exit.inference.preprocess import picture_from

from .pictures import Pictures

NAMES = ('cifar10', 'cifar100', 'fashion_mnist')
_FASHION_CLASSES = (
    't-shirt', 'trouser', 'pullover', 'dress', 'coat',
    'sandal', 'shirt', 'sneaker', 'bag', 'ankle boot',
)  # fmt: skip
_DEBIAN_FASHION = Path('/usr/share/datasets/fashion-mnist')
_SUFFIXES = {'.jpg', '.jpeg', '.png', '.webp', '.bmp', '.ppm', '.pgm'}
_COLUMNS = 100  # tiles in a row of a sheet


def load(data: str, root: str, size: int | None, fit: str) -> Pictures:
    """Return the pictures to train on.

    :param data: a folder of class folders (it or its `train/`) or of sheets, or one of NAMES.
    :param root: where named data sets lie or are downloaded to.
    :param size: height and width to bring the pictures to; None keeps those of the first picture.
    :param fit: 'crop' keeps the shape of things and cuts the long side, 'stretch' keeps everything.
    :raises ConfigError: if there is nothing to train on.
    """
    if data in NAMES:
        pictures = _by_name(data, Path(root).expanduser())
    elif Path(data, 'train_labels.npy').is_file():
        pictures = _sheets(Path(data))
    elif Path(data).is_dir():
        return _class_folders(Path(data), size, fit)
    else:
        raise ConfigError(
            f'data "{data}" is neither a folder nor a data set known by name ({", ".join(NAMES)})'
        )
    if size in (None, pictures.images.shape[1]):
        return pictures
    how = Preprocessing(size, size, pictures.images.shape[3], fit)
    # RGB to BGR, as a camera has it; grey stays grey
    resized = np.stack([picture_from(image[:, :, ::-1], how) for image in pictures.images])
    return Pictures(resized, pictures.labels, pictures.classes)


def _class_folders(folder: Path, size: int | None, fit: str) -> Pictures:
    folder = folder / 'train' if (folder / 'train').is_dir() else folder
    classes = sorted(p.name for p in folder.iterdir() if p.is_dir())
    if len(classes) < 2:
        raise ConfigError(f'"{folder}" holds {len(classes)} class folders: at least 2 are needed')
    files = [
        (path, label)
        for label, name in enumerate(classes)
        for path in sorted((folder / name).rglob('*'))
        if path.suffix.lower() in _SUFFIXES
    ]
    if not files:
        raise ConfigError(f'no pictures ({", ".join(sorted(_SUFFIXES))}) below "{folder}"')
    size = size or min(_read(files[0][0]).shape[:2])
    how = Preprocessing(size, size, 3, fit)
    images = np.empty((len(files), size, size, 3), np.uint8)
    for row, (path, _) in enumerate(tqdm(files, desc='reading pictures', unit='', leave=False)):
        images[row] = picture_from(_read(path), how)
    labels = np.array([label for _, label in files], np.int64)
    return Pictures(images, labels, tuple(classes))


def _read(path: Path) -> np.ndarray:
    """Return the picture as BGR."""
    image = cv2.imread(str(path), cv2.IMREAD_COLOR)
    if image is None:
        raise ConfigError(f'"{path}" is not a picture that can be read: remove or replace it')
    return image


def _sheets(folder: Path) -> Pictures:
    """Read `train_*.webp`, sheets of square RGB tiles, 100 in a row, and the labels beside them."""
    classes = json.loads((folder / 'classes.json').read_text())
    labels = np.load(folder / 'train_labels.npy', allow_pickle=False).astype(np.int64)
    sheets = [tiles(_read(path)[:, :, ::-1]) for path in sorted(folder.glob('train_*.webp'))]
    images = np.concatenate(sheets)
    if len(images) != len(labels):
        raise ConfigError(f'"{folder}" holds {len(images)} tiles but {len(labels)} labels')
    return Pictures(images, labels, tuple(classes))


def tiles(sheet: np.ndarray) -> np.ndarray:
    """Return the tiles (N, side, side, 3) of a sheet (rows * side, 100 * side, 3), row by row."""
    side = sheet.shape[1] // _COLUMNS
    rows = sheet.shape[0] // side
    sheet = sheet.reshape(rows, side, _COLUMNS, side, 3)
    return sheet.transpose(0, 2, 1, 3, 4).reshape(-1, side, side, 3)


def _by_name(name: str, root: Path) -> Pictures:
    if name == 'fashion_mnist' and _DEBIAN_FASHION.is_dir():
        return _idx(_DEBIAN_FASHION)
    from edge_exit.model.torchvision_models import import_torchvision

    import_torchvision()
    from torchvision import datasets

    kind = {
        'cifar10': datasets.CIFAR10,
        'cifar100': datasets.CIFAR100,
        'fashion_mnist': datasets.FashionMNIST,
    }[name]
    found = kind(str(root), train=True, download=True)
    images = np.asarray(found.data)
    images = images.reshape(*images.shape[:3], -1)
    return Pictures(images, np.asarray(found.targets, np.int64), tuple(found.classes))


def _idx(folder: Path) -> Pictures:
    """Read Fashion-MNIST as Debian's package dataset-fashion-mnist lays it down."""
    with gzip.open(folder / 'train-images-idx3-ubyte.gz') as file:
        images = np.frombuffer(file.read(), np.uint8, offset=16).reshape(-1, 28, 28, 1)
    with gzip.open(folder / 'train-labels-idx1-ubyte.gz') as file:
        labels = np.frombuffer(file.read(), np.uint8, offset=8).astype(np.int64)
    return Pictures(images, labels, _FASHION_CLASSES)
