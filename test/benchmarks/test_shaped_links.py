"""What links of the benchmarks do: lose what they should, follow traces, skip without root."""

import os
import statistics
import subprocess
import sys
import threading
from pathlib import Path
from types import SimpleNamespace

import pytest

sys.path.insert(0, str(Path(__file__).resolve().parents[2] / 'benchmarks'))
pytest.importorskip('rclpy', reason='needs ROS 2: `make test` installs it')

import shaped_link
import slowed
from live_cell import follow
from shaped_link import ShapedLink
from support import wait_until

from edge_exit.link.traces import Trace

ECHO = """
import socket
with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as s:
    s.bind(('', 9))
    print('ready', flush=True)
    while True:
        s.sendto(*s.recvfrom(2000))
"""
ASK = """
import socket, sys
with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as s:
    s.settimeout(float(sys.argv[1]))
    answers = 0
    for n in range(200):
        s.sendto(b'%d' % n, ('10.86.0.2', 9))
        try:
            answers += s.recv(2000) is not None
        except TimeoutError:
            pass
    print(answers)
"""
LOOK = """
import time
input()
start = last = time.monotonic()
rounds, longest = 0, 0.0
while last - start < 2:
    now = time.monotonic()
    rounds, longest, last = rounds + 1, max(longest, now - last), now
print(rounds / 2, longest)
"""
needs_root = pytest.mark.skipif(
    shaped_link.missing(lossy=True) is not None, reason=str(shaped_link.missing(lossy=True))
)


def answers(link, patience):
    command = [sys.executable, '-c', ASK, str(patience)]
    asking = link.run('robot', command, stdout=subprocess.PIPE, text=True)
    return int(asking.communicate(timeout=60)[0])


@needs_root
def test_a_link_loses_the_share_that_it_is_told_to_lose():
    with ShapedLink(50.0) as link:
        echo = link.run('edge', [sys.executable, '-c', ECHO], stdout=subprocess.PIPE, text=True)
        assert echo.stdout.readline() == 'ready\n'
        # First without: each end asks for the other's address, and again only after a second.
        assert answers(link, 5.0) == 200
        link.set_loss(0.3)
        assert 200 * 0.49 * 0.6 < answers(link, 0.05) < 200 * 0.49 * 1.4  # both ways
        link.set_loss(0.0)
        assert answers(link, 5.0) == 200  # a busy machine may be late with one


def looking(slow):
    """Give how often a process looks at the clock each second, and its longest pause, s."""
    process = subprocess.Popen(
        [sys.executable, '-c', LOOK], stdout=subprocess.PIPE, stdin=subprocess.PIPE, text=True
    )
    slow(process.pid)
    return map(float, process.communicate('go\n', timeout=60)[0].split())


@pytest.mark.skipif(slowed.missing() is not None, reason=str(slowed.missing()))
def test_a_slow_core_is_as_much_slower_as_told_and_evenly_so(monkeypatch):
    monkeypatch.setattr(slowed, 'TRIALS', 5)
    # The most of some: whoever else wants this core takes from it, and never adds to it.
    whole = max(next(looking(lambda pid: None)) for _ in range(3))
    with slowed.SlowCore(8.0) as slow:
        got, longest = looking(slow.add)
        assert os.sched_getaffinity(0) == set(range(1, os.cpu_count()))
    # On a busy host the whole core may be half as fast as usual, and slow ones must not be.
    assert got < whole / 2.5
    with slowed.SlowCore(4.0) as slow_too:
        whole = 4 * next(looking(slow_too.add))
    assert whole / 16 < got < whole / 5
    assert 0.8 < statistics.median(told.left for told in slow.told) < 1.2
    assert longest < 0.05
    assert len(os.sched_getaffinity(0)) == os.cpu_count()
    assert not list(slowed.CPU.glob(f'edge_exit_{os.getpid()}'))


def test_a_link_follows_its_trace_from_where_it_is_told_to_begin():
    rates = []
    link = SimpleNamespace(rate_mbps=0.0)

    def set_rate(mbps):
        link.rate_mbps = mbps
        rates.append(mbps)

    link.set_rate = set_rate
    trace = Trace(times=(0.0, 0.05, 0.1), rates=(1e6, 2e6, 3e6), rtts=(0.0,) * 3, duration=0.15)
    stop = threading.Event()
    thread = threading.Thread(target=follow, args=(link, trace, 0.05, stop), daemon=True)
    thread.start()
    wait_until(lambda: len(rates) >= 4)
    stop.set()
    thread.join()
    assert rates[:4] == [2.0, 3.0, 1.0, 2.0]


def test_without_root_it_says_why_it_skips(monkeypatch):
    monkeypatch.setattr(shaped_link.os, 'geteuid', lambda: 1000)
    assert 'root' in shaped_link.missing(lossy=True)
    assert 'root' in slowed.missing()


def test_what_is_missing_is_named_with_its_package(monkeypatch):
    monkeypatch.setattr(shaped_link.os, 'geteuid', lambda: 0)
    monkeypatch.setattr(shaped_link.shutil, 'which', lambda tool: None if tool == 'nft' else tool)
    assert shaped_link.missing() is None
    assert 'nft (Debian: nftables)' in shaped_link.missing(lossy=True)
