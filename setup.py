"""Installs edge_exit with colcon (ament_python) or with plain pip; the rest is in setup.cfg."""

from pathlib import Path

from setuptools import setup


def shared(folder: str) -> list[tuple[str, list[str]]]:
    """Return all files below `folder` for share/edge_exit."""
    files = [
        path
        for path in Path(folder).rglob('*')
        if path.is_file() and '__pycache__' not in path.parts
    ]
    return [(f'share/edge_exit/{path.parent}', [str(path)]) for path in sorted(files)]


# With these `pip install .` too gives what `ros2 run`, `ros2 launch` and Node(...) look for.
setup(
    python_requires='>=3.10',  # in setup.cfg it becomes an object, which colcon cannot read
    data_files=[
        ('share/ament_index/resource_index/packages', ['resource/edge_exit']),
        ('share/edge_exit', ['package.xml']),
        *shared('launch'),
        *shared('config'),
        ('lib/edge_exit', sorted(str(path) for path in Path('scripts').iterdir())),
    ],
)
