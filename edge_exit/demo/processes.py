"""The demo's node processes: started together, watched, ended together, never left behind."""

import ctypes
import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from edge_exit.errors import EdgeExitError

LOG_LINES = 15
PR_SET_PDEATHSIG = 1
LIBC = ctypes.CDLL(None, use_errno=True)


class NodeDiedError(EdgeExitError):
    """A node ended although nobody had asked it to."""


@dataclass(frozen=True, slots=True)
class NodeProcess:
    """A node that runs, and the file that all its output goes to."""

    name: str
    popen: subprocess.Popen
    log: Path


def node_command(
    node: str,
    parameters: Mapping[str, Any],
    *,
    namespace: str = '/',
    file: Path | None = None,
    remappings: Mapping[str, str] | None = None,
) -> list[str]:
    """Give the command line of a node.

    :param node: its module in edge_exit.nodes.
    :param parameters: those that replace what the file has.
    :param file: ROS parameter file; None for the defaults.
    """
    command = [sys.executable, '-m', f'edge_exit.nodes.{node}', '--ros-args']
    command += ['-r', f'__ns:={namespace}']
    if file:
        command += ['--params-file', str(file)]
    for own, other in (remappings or {}).items():
        command += ['-r', f'{own}:={other}']
    for name, value in parameters.items():
        command += ['-p', f'{name}:={json.dumps(value)}']
    return command


class Nodes:
    """Node processes of one demo; ends them when its `with` block ends.

    :param folder: where the logs go.
    :param environment: variables of every node, beside those of this process.
    """

    def __init__(self, folder: Path, environment: Mapping[str, str]) -> None:
        self.folder = folder
        self._environment = os.environ | environment
        self.running: list[NodeProcess] = []

    def __enter__(self) -> 'Nodes':
        self.folder.mkdir(parents=True, exist_ok=True)
        return self

    def __exit__(self, *_: object) -> None:
        self.end()

    def start(self, name: str, command: Sequence[str]) -> None:
        """Start a node by its command line; call it from the main thread.

        The node gets a session of its own, so that Ctrl-C reaches only the demo, which ends the
        nodes in order, and the kernel kills it if the demo is killed.
        """
        log = self.folder / f'{name}.log'
        with log.open('w') as output:
            popen = subprocess.Popen(
                command,
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                env=self._environment,
                start_new_session=True,
                preexec_fn=_die_with_parent,
            )
        self.running.append(NodeProcess(name, popen, log))

    def check(self) -> None:
        """Raise NodeDiedError, with the end of its log, if a node has ended."""
        for node in self.running:
            status = node.popen.poll()
            if status is not None:
                raise NodeDiedError(
                    f'{node.name} ended with {_in_words(status)}; the end of {node.log}:\n'
                    + _last_lines(node.log)
                )

    def ask_to_end(self, name: str | None = None) -> None:
        """Send SIGINT to one node, or to all."""
        for node in self.running:
            if name in (None, node.name) and node.popen.poll() is None:
                node.popen.send_signal(signal.SIGINT)

    def forget(self, name: str) -> None:
        """Wait for a node that was asked to end, and watch it no longer."""
        (node,) = [node for node in self.running if node.name == name]
        _end(node, time.monotonic() + 1.0)
        self.running.remove(node)

    def end(self, patience: float = 1.0) -> None:
        """Ask all nodes to end and kill those that have not after `patience` seconds."""
        self.ask_to_end()
        until = time.monotonic() + patience
        for node in self.running:
            _end(node, until)
        self.running.clear()


def _end(node: NodeProcess, until: float) -> None:
    try:
        node.popen.wait(max(until - time.monotonic(), 0.0))
    except subprocess.TimeoutExpired:
        os.killpg(node.popen.pid, signal.SIGKILL)
        node.popen.wait()


def _die_with_parent() -> None:
    LIBC.prctl(PR_SET_PDEATHSIG, signal.SIGKILL)


def _in_words(status: int) -> str:
    return f'signal {signal.Signals(-status).name}' if status < 0 else f'status {status}'


def _last_lines(log: Path) -> str:
    lines = log.read_text(errors='replace').splitlines()[-LOG_LINES:]
    return '\n'.join(f'  {line}' for line in lines) or '  (it is empty)'
