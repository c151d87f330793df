"""`pip install .` brings all that a robot without a source tree needs."""

import shutil
import stat
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

pytest.importorskip(
    'setuptools', reason='needs setuptools to build a wheel: pip install setuptools'
)

ROOT = Path(__file__).parents[2]
BUILD = 'import sys; from setuptools import build_meta; build_meta.build_wheel(sys.argv[1])'


@pytest.fixture(scope='module')
def wheel(tmp_path_factory: pytest.TempPathFactory) -> zipfile.ZipFile:
    folder = tmp_path_factory.mktemp('wheel')
    unneeded = shutil.ignore_patterns('.*', 'out', 'build', 'install', 'log', '*.egg-info', 'test')
    source = shutil.copytree(ROOT, folder / 'source', symlinks=True, ignore=unneeded)
    command = [sys.executable, '-c', BUILD, str(folder)]
    subprocess.run(command, cwd=source, check=True, capture_output=True, timeout=120)
    return zipfile.ZipFile(next(folder.glob('*.whl')))


def data_files(wheel: zipfile.ZipFile) -> dict[str, zipfile.ZipInfo]:
    """Return what is installed relative to the prefix of the environment."""
    return {
        x.filename.split('.data/data/')[1]: x for x in wheel.filelist if '.data/data/' in x.filename
    }


@pytest.mark.parametrize('kind', ['bundles/**/*', 'config/**/*', 'demo/bag/*'])
def test_package_data_is_inside(wheel: zipfile.ZipFile, kind: str):
    package = ROOT / 'edge_exit'
    files = {f'edge_exit/{x.relative_to(package)}' for x in package.glob(kind) if x.is_file()}
    assert files
    assert files - set(wheel.namelist()) == set()


def test_launch_and_parameter_files_are_where_ros2_launch_looks(wheel: zipfile.ZipFile):
    shared = data_files(wheel)
    for folder in ('launch', 'config'):
        for path in (ROOT / folder).rglob('*.[pxy]*[!c]'):
            assert f'share/edge_exit/{path.relative_to(ROOT)}' in shared
    assert 'share/edge_exit/package.xml' in shared
    assert 'share/ament_index/resource_index/packages/edge_exit' in shared


def test_node_executables_are_where_ros2_run_looks_and_not_on_the_path(wheel: zipfile.ZipFile):
    shared = data_files(wheel)
    for node in ('head', 'tail', 'policy', 'link_emulator', 'bag_player', 'bag_recorder'):
        entry = shared[f'lib/edge_exit/{node}']
        assert entry.external_attr >> 16 & stat.S_IXUSR
        assert wheel.read(entry).startswith(b'#!/bin/sh')
    entry_points = next(name for name in wheel.namelist() if name.endswith('entry_points.txt'))
    assert wheel.read(entry_points).decode().split() == [
        '[console_scripts]', 'edge_exit', '=', 'edge_exit.cli:main'
    ]  # fmt: skip


def test_an_executable_starts_the_node_it_is_named_for(tmp_path: Path):
    """With the Python of its own prefix, whatever the PATH says."""
    for folder in ('bin', 'lib/edge_exit'):
        (tmp_path / folder).mkdir(parents=True)
    shutil.copy(ROOT / 'scripts' / 'tail', tmp_path / 'lib/edge_exit/tail')
    python = tmp_path / 'bin/python3'
    python.write_text('#!/bin/sh\necho "$@"\n')
    python.chmod(0o755)
    command = [str(tmp_path / 'lib/edge_exit/tail'), '--ros-args', '-r', '__ns:=/a b']
    printed = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    assert printed == '-m edge_exit.nodes.tail --ros-args -r __ns:=/a b\n'
