"""Two network namespaces joined by a link of a chosen rate. Needs root, `ip` and `tc`.

with ShapedLink(rate_mbps=20) as link:
    link.run('robot', [sys.executable, 'head.py'])
    link.set_rate(2)
"""

import os
import shutil
import subprocess
from collections.abc import Mapping, Sequence

ENDS = {'robot': '10.86.0.1', 'edge': '10.86.0.2'}
# Longest wait in the queue before the shaper drops, as in a radio with a deep buffer.
QUEUE_MS = 2000
DEVICE = 'radio'


def missing() -> str | None:
    """Say why links cannot be shaped here, None if they can."""
    if os.geteuid() != 0:
        return 'shaping a link needs root'
    tools = [tool for tool in ('ip', 'tc') if not shutil.which(tool)]
    return f'shaping a link needs {", ".join(tools)} (Debian: iproute2)' if tools else None


def scheduling() -> str:
    """Say how all of this is scheduled; `chrt -f 5` helps where others work, too."""
    return 'normal' if os.sched_getscheduler(0) == os.SCHED_OTHER else 'real time'


class ShapedLink:
    """A pair of namespaces and the veth link between them; the context removes everything.

    :param rate_mbps: rate of each direction, Mbit/s of Ethernet frames.
    """

    def __init__(self, rate_mbps: float) -> None:
        self.rate_mbps = rate_mbps
        self._processes: list[subprocess.Popen] = []
        self._names = {end: f'edge_exit_{end}_{os.getpid()}' for end in ENDS}

    def __enter__(self) -> 'ShapedLink':
        try:
            self._build()
        except BaseException:
            self.__exit__()
            raise
        return self

    def __exit__(self, *_) -> None:
        for process in self._processes:
            if process.poll() is None:
                process.kill()
            process.wait()
        for name in self._names.values():
            subprocess.run(['ip', 'netns', 'del', name], stderr=subprocess.DEVNULL, check=False)

    def run(
        self, end: str, command: Sequence[str], env: Mapping[str, str] | None = None, **options
    ) -> subprocess.Popen:
        """Start a command at one end ('robot' or 'edge') of the link."""
        environment = os.environ | {'ROS_AUTOMATIC_DISCOVERY_RANGE': 'SUBNET'} | dict(env or {})
        process = subprocess.Popen(
            ['ip', 'netns', 'exec', self._names[end], *command], env=environment, **options
        )
        self._processes.append(process)
        return process

    def set_rate(self, rate_mbps: float) -> None:
        """Change the rate of both directions at once."""
        self.rate_mbps = rate_mbps
        for end in ENDS:
            self._shape(end, 'change')

    def sent_bytes(self, end: str) -> int:
        """Give the bytes of Ethernet frames that an end has sent."""
        return int(
            _output(*self._inside(end), 'cat', f'/sys/class/net/{DEVICE}/statistics/tx_bytes')
        )

    def _build(self) -> None:
        for name in self._names.values():
            _output('ip', 'netns', 'add', name)
        robot, edge = self._names.values()
        _output(
            *('ip', 'link', 'add', DEVICE, 'netns', robot, 'type', 'veth'),
            *('peer', 'name', DEVICE, 'netns', edge),
        )
        for end, address in ENDS.items():
            inside = (*self._inside(end), 'ip')
            _output(*inside, 'address', 'add', f'{address}/24', 'dev', DEVICE)
            _output(*inside, 'link', 'set', 'lo', 'up')
            _output(*inside, 'link', 'set', DEVICE, 'up')
            _output(*inside, 'route', 'add', '224.0.0.0/4', 'dev', DEVICE)
            self._shape(end, 'add')

    def _shape(self, end: str, verb: str) -> None:
        # A bucket of little more than one frame: what is measured is the rate and not the burst.
        burst = max(1600, int(self.rate_mbps * 1e6 / 8 * 0.0002))
        limit = max(200_000, int(self.rate_mbps * 1e6 / 8 * QUEUE_MS / 1000))
        _output(
            *(*self._inside(end), 'tc', 'qdisc', verb, 'dev', DEVICE, 'root', 'tbf'),
            *('rate', f'{int(self.rate_mbps * 1e6)}bit'),
            *('burst', str(burst), 'limit', str(limit)),
        )

    def _inside(self, end: str) -> tuple[str, ...]:
        return ('ip', 'netns', 'exec', self._names[end])


def _output(*command: str) -> str:
    result = subprocess.run(command, capture_output=True, text=True, check=False)
    if result.returncode:
        raise RuntimeError(f'{" ".join(command)}: {result.stderr.strip()}')
    return result.stdout
