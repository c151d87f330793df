"""Fixtures for tests with real nodes in separate processes over real DDS.

How a test uses them::

    import pytest

    pytest.importorskip('rclpy', reason='needs ROS 2: `make test` installs it')

    from edge_exit_interfaces.msg import Inference
    from support import collect, wait_until


    def test_head_publishes_one_result_a_frame(processes, ros_node):
        head = processes.node('head', namespace='/robot', params={'bundle': 'fashion_mnist'})
        results = collect(ros_node, Inference, '/robot/inference')
        ...
        head.wait_until(lambda: len(results) == 10)
        head.assert_ends_cleanly(times=2)  # Ctrl-C as `ros2 launch` sends it

- `ros_domain`: this test's own ROS_DOMAIN_ID, discovery on this machine only. The tests of several
  pytest runs at once (also `pytest -n`) never share one.
- `processes`: starts nodes (`.node`) or commands (`.run`) in that domain; kills all after the test.
- `ros_node`: an rclpy node with its own Context in that domain, spun by a thread.
- `machine`: how late threads woke so far, for what must happen in time.
- `support.py`: wait_until, collect, call, set_parameters, change_state, get_state.

Without ROS 2 the tests that ask for one of these are skipped with a reason.
"""

import fcntl
import os
import random
import tempfile
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from importlib.resources import files
from pathlib import Path

import pytest
from support import Machine, Processes

DOMAINS = range(1, 102)
"""Domains whose DDS ports lie below the ephemeral ports of Linux."""


@contextmanager
def locked_domain() -> Iterator[int]:
    """Hold a domain that no other test run on this machine holds."""
    folder = Path(tempfile.gettempdir()) / f'edge_exit_domains_{os.getuid()}'
    folder.mkdir(exist_ok=True)
    for domain in random.sample(DOMAINS, len(DOMAINS)):
        with (folder / f'{domain}.lock').open('w') as lock:
            try:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                continue
            yield domain
            return
    raise RuntimeError(f'all {len(DOMAINS)} ROS domains are in use; see the locks in {folder}')


@pytest.fixture
def ros_domain(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[int]:
    """Give the test a ROS domain of its own."""
    pytest.importorskip('rclpy', reason='needs ROS 2: `make test` installs it')
    pytest.importorskip('edge_exit_interfaces', reason='needs edge_exit_interfaces to be built')
    with locked_domain() as domain:
        monkeypatch.setenv('ROS_DOMAIN_ID', str(domain))
        monkeypatch.setenv('ROS_AUTOMATIC_DISCOVERY_RANGE', 'LOCALHOST')
        # The test's own participant finds the nodes as fast as they find each other.
        profile = files('edge_exit') / 'config' / 'fastdds_profile.xml'
        monkeypatch.setenv('FASTDDS_DEFAULT_PROFILES_FILE', str(profile))
        monkeypatch.setenv('ROS_LOG_DIR', str(tmp_path / 'ros_log'))
        yield domain


@pytest.fixture
def machine() -> Iterator[Machine]:
    """Measure how late threads wake while the test runs."""
    measured = Machine()
    yield measured
    measured.stop()


@pytest.fixture
def processes(ros_domain: int, tmp_path: Path) -> Iterator[Processes]:
    """Start processes in the test's domain and kill them after the test."""
    folder = tmp_path / 'output'
    folder.mkdir()
    started = Processes(folder, {'PYTHONUNBUFFERED': '1', 'RCUTILS_COLORIZED_OUTPUT': '0'})
    try:
        yield started
    finally:
        started.kill_all()


@pytest.fixture
def ros_node(ros_domain: int) -> Iterator:
    """Give the test a node in its domain, spun by a thread."""
    import rclpy
    from rclpy.executors import ExternalShutdownException, SingleThreadedExecutor

    context = rclpy.Context()
    rclpy.init(context=context, domain_id=ros_domain)
    node = rclpy.create_node('test', context=context)
    executor = SingleThreadedExecutor(context=context)
    executor.add_node(node)

    def spin() -> None:
        try:
            executor.spin()
        except ExternalShutdownException:
            pass

    thread = threading.Thread(target=spin, daemon=True)
    thread.start()
    try:
        yield node
    finally:
        executor.shutdown()
        thread.join(timeout=5)
        node.destroy_node()
        context.try_shutdown()
