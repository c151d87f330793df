"""Two network namespaces joined by a link of a chosen rate. Needs root, `ip` and `tc`; loss `nft`.

with ShapedLink(rate_mbps=20) as link:
    link.run('robot', [sys.executable, 'head.py'])
    link.set_rate(2)
    link.set_loss(0.1)
"""

import os
import shutil
import subprocess
from collections.abc import Mapping, Sequence

ENDS = {'robot': '10.86.0.1', 'edge': '10.86.0.2'}
# Longest wait in the queue before the shaper drops, as in a radio with a deep buffer.
QUEUE_MS = 2000
DEVICE = 'radio'
# A shaper cannot stand still. At this rate a frame takes a second and a half: an outage, Mbit/s.
LEAST_MBPS = 0.008
PACKAGES = {'ip': 'iproute2', 'tc': 'iproute2', 'nft': 'nftables'}


def missing(*, lossy: bool = False) -> str | None:
    """Say why links cannot be shaped here, None if they can.

    :param lossy: whether they are to lose frames, too.
    """
    if os.geteuid() != 0:
        return 'shaping a link needs root'
    wanted = ('ip', 'tc', 'nft') if lossy else ('ip', 'tc')
    tools = [tool for tool in wanted if not shutil.which(tool)]
    packages = ', '.join(sorted({PACKAGES[tool] for tool in tools}))
    return f'shaping a link needs {", ".join(tools)} (Debian: {packages})' if tools else None


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
        self._shapers: list[subprocess.Popen] = []
        self._names = {end: f'edge_exit_{end}_{os.getpid()}' for end in ENDS}

    def __enter__(self) -> 'ShapedLink':
        try:
            self._build()
        except BaseException:
            self.__exit__()
            raise
        return self

    def __exit__(self, *_) -> None:
        for process in (*self._processes, *self._shapers):
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
        """Change the rate of both directions at once; 0 is an outage."""
        self.rate_mbps = rate_mbps
        for shaper in self._shapers:
            shaper.stdin.write(f'{self._qdisc("change")}\n')
            shaper.stdin.flush()

    def set_loss(self, probability: float) -> None:
        """Lose Ethernet frames at random from now on, each direction for itself.

        Frames are lost before IP puts the fragments of a datagram together, so a large datagram
        suffers more, as on a radio.
        """
        table = f'table netdev loss\ndelete table netdev loss\n{_loss_table(probability)}'
        for end in ENDS:
            _output(*self._inside(end), 'nft', '-f', '-', input=table)

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
            _output(*self._inside(end), 'tc', *self._qdisc('add').split())
            # One that stays takes ten changes a second of a trace without a process for each.
            self._shapers.append(
                subprocess.Popen(
                    [*self._inside(end), 'tc', '-force', '-batch', '-'],
                    stdin=subprocess.PIPE,
                    text=True,
                )
            )

    def _qdisc(self, verb: str) -> str:
        """Give the command of `tc` for the present rate."""
        bps = 1e6 * max(self.rate_mbps, LEAST_MBPS)
        # A bucket of little more than one frame: what is measured is the rate and not the burst.
        burst = max(1600, int(bps / 8 * 0.0002))
        limit = max(200_000, int(bps / 8 * QUEUE_MS / 1000))
        shape = f'rate {int(bps)}bit burst {burst} limit {limit}'
        return f'qdisc {verb} dev {DEVICE} root tbf {shape}'

    def _inside(self, end: str) -> tuple[str, ...]:
        return ('ip', 'netns', 'exec', self._names[end])


def _loss_table(probability: float) -> str:
    """Give the rules of `nft` that lose frames; none if none is to be lost."""
    lost = round(1e4 * probability)
    if not lost:
        return ''
    return f"""table netdev loss {{
        chain arriving {{
            type filter hook ingress device {DEVICE} priority 0
            numgen random mod 10000 < {lost} drop
        }}
    }}"""


def _output(*command: str, **options) -> str:
    result = subprocess.run(command, capture_output=True, text=True, check=False, **options)
    if result.returncode:
        raise RuntimeError(f'{" ".join(command)}: {result.stderr.strip()}')
    return result.stdout
