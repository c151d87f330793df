"""A small set of pictures that a small network learns in seconds."""

from pathlib import Path

import cv2
import numpy as np
import pytest


@pytest.fixture
def class_folders(tmp_path: Path) -> Path:
    """Two classes of 60 noisy pictures of 20x20: bright at the top, bright at the left."""
    rng = np.random.default_rng(0)
    for name in ('left', 'top'):
        folder = tmp_path / 'pictures' / 'train' / name
        folder.mkdir(parents=True)
        for number in range(60):
            image = rng.integers(0, 120, (20, 20, 3), dtype=np.uint8)
            part = image[:8] if name == 'top' else image[:, :8]
            part += 100
            cv2.imwrite(str(folder / f'{number}.png'), image)
    return tmp_path / 'pictures'


@pytest.fixture
def settings(class_folders: Path, tmp_path: Path) -> dict:
    """Settings of a training that lasts a second."""
    return {
        'data': str(class_folders),
        'out': str(tmp_path / 'out'),
        'width': 0.125,
        'shares': (0.3, 0.6),
        'epochs': 3,
        'batch_size': 16,
        'lr': 0.05,
        'flip': False,
        'validation': 0.2,
    }


@pytest.fixture
def one_thread():
    """Repeat a training bit by bit: on one thread, whatever the machine has."""
    torch = pytest.importorskip('torch')
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(before)
