"""What tests of running nodes share: waiting for conditions, processes that always end, ROS calls.

Tests wait for conditions and never sleep: see `wait_until`. How the fixtures use this: conftest.py.
"""

import json
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any

DEFAULT_TIMEOUT = 20.0
"""Seconds: discovery alone may take 3.4 s with default settings, and CI machines are slow."""


def wait_until(
    predicate: Callable[[], Any],
    timeout: float = DEFAULT_TIMEOUT,
    what: str | None = None,
    interval: float = 0.02,
) -> Any:
    """
    Wait until `predicate()` is truthy and return what it returned.

    :param timeout: seconds until the test fails with AssertionError.
    :param what: the condition in words, for the error message.
    """
    deadline = time.monotonic() + timeout
    while not (value := predicate()):
        if time.monotonic() > deadline:
            raise AssertionError(f'did not happen within {timeout} s: {what or predicate}')
        time.sleep(interval)
    return value


class Machine:
    """Measures how late a thread wakes on this machine while a test runs.

    What must happen in time may happen so much later: a busy machine proves nothing.

    :ivar late: at worst, s.
    """

    PERIOD = 0.005

    def __init__(self) -> None:
        """Begin to measure."""
        self.late = 0.0
        self._go_on = True
        self._thread = threading.Thread(target=self._sleep, daemon=True)
        self._thread.start()

    def stop(self) -> None:
        """End the measurement."""
        self._go_on = False
        self._thread.join()

    def _sleep(self) -> None:
        while self._go_on:
            wakes = time.monotonic() + self.PERIOD
            time.sleep(self.PERIOD)
            self.late = max(self.late, time.monotonic() - wakes)


class Process:
    """A child process whose output goes to a file and that dies with the test."""

    def __init__(self, command: Sequence[str], log: Path, environment: dict[str, str]) -> None:
        """Start `command`; stdout and stderr both go to the file `log`."""
        self.log = log
        with log.open('w') as stream:
            self._popen = subprocess.Popen(
                command,
                stdin=subprocess.DEVNULL,
                stdout=stream,
                stderr=subprocess.STDOUT,
                env=os.environ | environment,
                start_new_session=True,
            )

    @property
    def pid(self) -> int:
        """Process id, also that of the process group."""
        return self._popen.pid

    @property
    def output(self) -> str:
        """All that was printed so far."""
        return self.log.read_text(errors='replace')

    @property
    def returncode(self) -> int | None:
        """Exit code, negative for a signal, None while it runs."""
        return self._popen.poll()

    def wait_until(self, predicate: Callable[[], Any], timeout: float = DEFAULT_TIMEOUT) -> Any:
        """Wait as `wait_until` does, but fail at once, with the output, if the process ends."""

        def alive_or_done() -> Any:
            value = predicate()
            if not value and self.returncode is not None:
                raise AssertionError(f'{self} ended with {self.returncode}:\n{self.output}')
            return value

        try:
            return wait_until(alive_or_done, timeout)
        except AssertionError as error:
            raise AssertionError(f'{error}\n--- output of {self} ---\n{self.output}') from None

    def wait_for_line(self, text: str, timeout: float = DEFAULT_TIMEOUT) -> str:
        """Wait for a line that contains `text` and return it."""

        def line() -> str | None:
            return next((x for x in self.output.splitlines() if text in x), None)

        return self.wait_until(line, timeout)

    def wait(self, timeout: float = DEFAULT_TIMEOUT) -> int:
        """Wait for the end and return the exit code."""
        wait_until(lambda: self.returncode is not None, timeout, f'end of {self}')
        return self._popen.returncode

    def send(self, number: signal.Signals) -> None:
        """Send a signal (SIGSTOP, SIGCONT, SIGKILL, ...) to it and all that it started."""
        os.killpg(self.pid, number)

    def interrupt(self, times: int = 1, timeout: float = DEFAULT_TIMEOUT) -> int:
        """
        Press Ctrl-C `times` times and return the exit code.

        Under `ros2 launch` a node gets it twice: once from the terminal and once from launch.
        """
        for _ in range(times):
            if self.returncode is None:
                self.send(signal.SIGINT)
                time.sleep(0.05)  # two Ctrl-C of one press arrive apart, not as one signal
        return self.wait(timeout)

    def assert_ends_cleanly(self, times: int = 1, timeout: float = DEFAULT_TIMEOUT) -> None:
        """Press Ctrl-C `times` times and check exit code 0 and no traceback in the output."""
        code = self.interrupt(times, timeout)
        assert code == 0, f'{self} ended with {code}:\n{self.output}'
        assert 'Traceback' not in self.output, self.output

    def kill(self) -> None:
        """End it and all that it started, whatever state they are in."""
        try:
            self.send(signal.SIGKILL)
        except ProcessLookupError:
            pass
        self._popen.wait()

    def __str__(self) -> str:
        return self.log.stem


class Processes:
    """Starts processes for one test and kills all of them after it."""

    def __init__(self, folder: Path, environment: dict[str, str]) -> None:
        """Keep the output files in `folder` and add `environment` to that of every process."""
        self._folder = folder
        self._environment = environment
        self._started: list[Process] = []

    def run(
        self,
        *command: str,
        name: str = 'process',
        environment: dict[str, str] | None = None,
    ) -> Process:
        """Start any command; `name` is what messages of failing tests call it."""
        log = self._folder / f'{len(self._started)}_{name}.log'
        process = Process(command, log, self._environment | (environment or {}))
        self._started.append(process)
        return process

    def node(
        self,
        node: str,
        *arguments: str,
        name: str | None = None,
        namespace: str | None = None,
        params: dict[str, Any] | None = None,
        remaps: dict[str, str] | None = None,
        environment: dict[str, str] | None = None,
    ) -> Process:
        """
        Start `python -m edge_exit.nodes.<node>` with ROS arguments.

        :param arguments: more arguments, before `--ros-args`.
        :param params: parameter values (None-free: str, bool, int, float or lists of one of them).
        """
        ros_arguments = ros_args(name, namespace, params or {}, remaps or {})
        module = f'edge_exit.nodes.{node}'
        command = (sys.executable, '-m', module, *arguments, *ros_arguments)
        return self.run(*command, name=name or node, environment=environment)

    def kill_all(self) -> None:
        """Kill everything that was started and is still there."""
        for process in self._started:
            process.kill()


def ros_args(
    name: str | None,
    namespace: str | None,
    params: dict[str, Any],
    remaps: dict[str, str],
) -> list[str]:
    """Return the `--ros-args ...` of a command line."""
    rules = dict(remaps)
    if name:
        rules['__node'] = name
    if namespace:
        rules['__ns'] = namespace
    arguments = ['--ros-args']
    for key, value in rules.items():
        arguments += ['-r', f'{key}:={value}']
    for key, value in params.items():
        arguments += ['-p', f'{key}:={json.dumps(value)}']  # JSON keeps '1' a string
    return arguments


def collect(node: Any, message_type: type, topic: str, qos: Any = 10) -> list:
    """Subscribe to `topic` and return the list that its messages will be appended to."""
    messages: list = []
    node.create_subscription(message_type, topic, messages.append, qos)
    return messages


def call(
    node: Any,
    service_type: type,
    service: str,
    request: Any = None,
    timeout: float = DEFAULT_TIMEOUT,
) -> Any:
    """Call a service from the test's thread and return the response."""
    client = node.create_client(service_type, service)
    try:
        wait_until(client.service_is_ready, timeout, f'service {service}')
        asked = [client.call_async(request or service_type.Request())]
        with suppress(AssertionError):
            wait_until(asked[0].done, 0.25 * timeout)
        if not asked[0].done():
            # A server that has not yet found this client answers into the void: ask again.
            asked.append(client.call_async(request or service_type.Request()))
        wait_until(lambda: any(f.done() for f in asked), timeout, f'answer of {service}')
        return next(f.result() for f in asked if f.done())
    finally:
        node.destroy_client(client)


def set_parameters(node: Any, target: str, **values: Any) -> Any:
    """Set parameters of node `target` all together; return the one SetParametersResult."""
    from rcl_interfaces.srv import SetParametersAtomically
    from rclpy.parameter import Parameter

    request = SetParametersAtomically.Request()
    request.parameters = [
        Parameter(name, value=value).to_parameter_msg() for name, value in values.items()
    ]
    service = f'{target}/set_parameters_atomically'
    return call(node, SetParametersAtomically, service, request).result


def change_state(node: Any, target: str, transition: str) -> bool:
    """Ask lifecycle node `target` for a transition ('configure', 'activate', 'deactivate', ...)."""
    from lifecycle_msgs.srv import ChangeState

    request = ChangeState.Request()
    request.transition.label = transition
    return call(node, ChangeState, f'{target}/change_state', request).success


def get_state(node: Any, target: str) -> str:
    """Return the state label of lifecycle node `target` ('active', 'inactive', ...)."""
    from lifecycle_msgs.srv import GetState

    return call(node, GetState, f'{target}/get_state').current_state.label
