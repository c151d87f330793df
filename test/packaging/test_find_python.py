"""The interpreter that `make` chooses."""

import os
import subprocess
from pathlib import Path

import pytest

FIND_PYTHON = Path(__file__).parents[2] / 'tools' / 'find_python'
ONLY_TOOLS = '/usr/bin:/bin'


def find_python(path: str, **variables: str) -> subprocess.CompletedProcess:
    environment = {'PATH': path, 'HOME': '/nonexistent', **variables}
    return subprocess.run([FIND_PYTHON], env=environment, capture_output=True, text=True)


@pytest.fixture
def fake_python(tmp_path: Path):
    """Make an executable python3.<minor> that runs everything it is asked to, or nothing."""

    def make(minor: int, works: bool) -> Path:
        python = tmp_path / f'python3.{minor}'
        python.write_text(
            f'#!/bin/sh\ncase "$*" in *"minor == {minor}"*) exit {not works:d};; esac\nexit 1'
        )
        python.chmod(0o755)
        return python

    return make


def test_3_11_is_preferred(fake_python, tmp_path: Path):
    wanted = fake_python(11, works=True)
    fake_python(12, works=True)
    assert find_python(f'{tmp_path}:{ONLY_TOOLS}').stdout.strip() == str(wanted)


def test_a_shim_without_its_python_is_passed_over(fake_python, tmp_path: Path):
    fake_python(11, works=False)
    shadowed = tmp_path / 'no_other'
    shadowed.mkdir()
    (shadowed / 'env').symlink_to('/usr/bin/env')
    (shadowed / 'bash').symlink_to('/bin/bash')
    wanted = fake_python(12, works=True)
    assert find_python(f'{tmp_path}:{shadowed}').stdout.strip() == str(wanted)


def test_a_pyenv_version_is_found_without_being_on_the_path(fake_python, tmp_path: Path):
    folder = tmp_path / 'versions' / '3.11.9' / 'bin'
    folder.mkdir(parents=True)
    wanted = fake_python(11, works=True).rename(folder / 'python')
    found = find_python(ONLY_TOOLS, PYENV_ROOT=str(tmp_path)).stdout.strip()
    assert found == str(wanted) or found == '/usr/bin/python3.11'


def test_a_wrong_choice_is_named():
    done = find_python(ONLY_TOOLS, PYTHON=os.devnull)
    assert done.returncode == 1
    assert f'PYTHON={os.devnull} is not a CPython 3.10-3.13' in done.stderr


def test_no_python_at_all_names_the_cure(tmp_path: Path):
    for tool in ('env', 'bash'):
        (tmp_path / tool).symlink_to(f'/usr/bin/{tool}')
    done = find_python(str(tmp_path))
    assert done.returncode == 1
    assert 'apt install python3-venv' in done.stderr
