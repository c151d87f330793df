"""Node processes of the demo are never left behind."""

import os
import socket
import subprocess
import sys

import pytest
from support import wait_until

from edge_exit.demo.domain import check_domain, free_domain
from edge_exit.demo.processes import NodeDiedError, Nodes
from edge_exit.errors import ConfigError


def alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return True


def python(program: str) -> list[str]:
    return [sys.executable, '-c', program]


def test_a_dead_node_is_named_with_the_end_of_its_log(tmp_path):
    with Nodes(tmp_path / 'logs', {}) as nodes:
        nodes.start('head', python('print("bundle is damaged"); raise SystemExit(3)'))
        with pytest.raises(NodeDiedError, match=r'head ended with status 3.*\n  bundle is damaged'):
            wait_until(nodes.check, timeout=10)


def test_a_node_that_ignores_the_request_to_end_is_killed(tmp_path):
    program = (
        'import signal, time\n'
        'signal.signal(signal.SIGINT, signal.SIG_IGN)\n'
        'print("deaf", flush=True)\n'
        'time.sleep(60)\n'
    )
    with Nodes(tmp_path / 'logs', {}) as nodes:
        nodes.start('head', python(program))
        wait_until(lambda: 'deaf' in (tmp_path / 'logs' / 'head.log').read_text())
        (node,) = nodes.running
    assert node.popen.returncode == -9


def test_nodes_die_with_a_demo_that_is_killed(tmp_path):
    program = (
        'import sys, time, pathlib\n'
        f'sys.path.insert(0, {str(os.getcwd())!r})\n'
        'from edge_exit.demo.processes import Nodes\n'
        f'with Nodes(pathlib.Path({str(tmp_path)!r}), {{}}) as nodes:\n'
        '    nodes.start("head", ["sleep", "60"])\n'
        '    print(nodes.running[0].popen.pid, flush=True)\n'
        '    time.sleep(60)\n'
    )
    demo = subprocess.Popen(python(program), stdout=subprocess.PIPE, text=True)
    node = int(demo.stdout.readline())
    demo.kill()
    demo.wait()
    wait_until(lambda: not alive(node), timeout=5)


def test_a_domain_in_use_is_refused_with_its_port():
    domain = free_domain()
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as other:
        other.bind(('', 7410 + 250 * domain))
        with pytest.raises(
            ConfigError, match=f'domain {domain} is in use .* {7410 + 250 * domain}'
        ):
            check_domain(domain)
    assert check_domain(domain) == domain


def test_a_domain_that_cannot_be_is_refused():
    with pytest.raises(ConfigError, match=r'ROS domain 500 is not one of 1\.\.101'):
        check_domain(500)
