"""What can wait gives way to frames where both want one core."""

import os
import sys
import threading

import pytest

pytest.importorskip('rclpy', reason='needs ROS 2: `make test` installs it')

from support import wait_until
from tiny_bundle import write_tiny_bundle

from edge_exit.nodes import qos
from edge_exit.nodes.intake import Intake
from edge_exit.nodes.priorities import BESIDE_FRAMES, POLICY, give_way
from edge_exit.nodes.timers import Ticker
from edge_exit_interfaces.msg import LinkProbe

pytestmark = pytest.mark.skipif(sys.platform != 'linux', reason='niceness of threads is of Linux')


def niceness(thread=0):
    return os.getpriority(os.PRIO_PROCESS, thread)


def test_a_thread_gives_way_alone_and_never_back():
    def give():
        give_way(7)
        give_way(3)
        found.append(niceness(threading.get_native_id()))

    found, before = [], niceness()
    thread = threading.Thread(target=give)
    thread.start()
    thread.join()
    assert found == [max(7, before)]
    assert niceness() == before


@pytest.mark.parametrize(('beside', 'nice'), [(True, BESIDE_FRAMES), (False, 0)])
def test_threads_beside_frames_give_way_and_those_of_frames_do_not(ros_node, beside, nice):
    found = []

    def take(message, info):
        found.append(niceness(threading.get_native_id()))

    intake = Intake(ros_node, LinkProbe, '/nice/messages', take, qos.PROBES, beside=beside)
    publisher = ros_node.create_publisher(LinkProbe, '/nice/messages', qos.PROBES)
    intake.start()
    try:
        wait_until(publisher.get_subscription_count)
        publisher.publish(LinkProbe())
        wait_until(lambda: found)
    finally:
        intake.close()
    assert found[0] == max(nice, niceness())


def test_regular_tasks_give_way(ros_node):
    found = []
    ticker = Ticker(ros_node, 0.01, lambda: found.append(niceness(threading.get_native_id())))
    wait_until(lambda: found)
    ticker.close()
    assert found[0] == max(BESIDE_FRAMES, niceness())


def test_the_policy_node_gives_way_with_all_its_threads(processes, tmp_path):
    bundle = write_tiny_bundle(tmp_path / 'tiny')
    process = processes.node('policy', params={'bundle': str(bundle.path)})
    process.wait_until(lambda: 'ready' in process.output)
    # But for pools that libraries made when they were imported.
    nices = [niceness(int(thread)) for thread in os.listdir(f'/proc/{process.pid}/task')]
    assert niceness(process.pid) == max(POLICY, niceness())
    assert nices.count(max(POLICY, niceness())) > 8
