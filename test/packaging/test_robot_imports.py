"""What robot and server run needs none of the heavy packages of training and plotting."""

import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
NODES = sorted(path.name for path in (ROOT / 'scripts').iterdir())

REFUSING_IMPORT = """
import importlib, sys

HEAVY = {'torch', 'torchvision', 'stable_baselines3', 'gymnasium', 'matplotlib', 'onnx', 'tqdm'}

class Refuse:
    def find_spec(self, name, path=None, target=None):
        if name.partition('.')[0] in HEAVY:
            raise AssertionError(f'{name} is imported')

sys.meta_path.insert(0, Refuse())
importlib.import_module(sys.argv[1])
"""


def import_without_heavy_packages(module: str) -> None:
    command = [sys.executable, '-c', REFUSING_IMPORT, module]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=60)
    assert done.returncode == 0, done.stderr


@pytest.mark.parametrize('node', NODES)
def test_a_node_needs_neither_training_nor_plotting(node: str):
    pytest.importorskip('rclpy', reason='needs ROS 2: `make test` installs it')
    import_without_heavy_packages(f'edge_exit.nodes.{node}')


@pytest.mark.parametrize('module', ['edge_exit.cli', 'edge_exit.inference.onnx_runtime'])
def test_inference_alone_needs_them_as_little(module: str):
    import_without_heavy_packages(module)
