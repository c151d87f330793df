"""The environment that `make` makes: what it says where it cannot."""

import subprocess
from pathlib import Path

IN_ENV = Path(__file__).parents[2] / 'tools' / 'in_env'


def in_env(*arguments: str, **variables: str) -> subprocess.CompletedProcess:
    environment = {'PATH': '/usr/bin:/bin', 'HOME': '/nonexistent', **variables}
    return subprocess.run([IN_ENV, *arguments], env=environment, capture_output=True, text=True)


def test_a_sourced_ros_hidden_by_another_python_is_named(tmp_path: Path):
    python = tmp_path / 'python3'
    python.write_text('#!/bin/sh\nexit 1\n')
    python.chmod(0o755)
    done = in_env('run', 'true', ROS_DISTRO='jazzy', PYTHON=str(python), VENV=str(tmp_path / 'v'))
    assert done.returncode == 1
    assert f'ROS 2 jazzy is sourced but {python} cannot import rclpy' in done.stderr
    assert 'PYTHON=/usr/bin/python3' in done.stderr
    assert not (tmp_path / 'v').exists()


def test_a_wrong_interpreter_makes_nothing(tmp_path: Path):
    done = in_env('run', 'true', PYTHON='/nonexistent/python3', VENV=str(tmp_path / 'v'))
    assert done.returncode == 1
    assert '/nonexistent/python3 is not a CPython 3.10-3.13' in done.stderr
    assert not (tmp_path / 'v').exists()
