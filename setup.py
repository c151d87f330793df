"""Installs edge_exit with colcon (ament_python) or with plain pip; the rest is in setup.cfg."""

from glob import glob

from setuptools import setup

# With these also `pip install .` gives what `ros2 run`, `ros2 launch` and Node(executable=...) look for.
setup(
    data_files=[
        ('share/ament_index/resource_index/packages', ['resource/edge_exit']),
        ('share/edge_exit', ['package.xml']),
        ('share/edge_exit/launch', glob('launch/*.launch.py')),
        ('share/edge_exit/config', glob('config/*')),
        ('lib/edge_exit', glob('scripts/*')),
    ],
)
