"""The shipped Fast DDS profiles: loaded without complaint, and they carry large messages."""

import sys
from pathlib import Path

import pytest

pytest.importorskip('rclpy', reason='needs ROS 2: `make test` installs it')

from rclpy.utilities import get_rmw_implementation_identifier
from support import collect, wait_until

CONFIG = Path(__file__).resolve().parents[2] / 'config'
OTHER_VERSION = 'fastdds_lossy_wifi_jazzy.xml'
PROFILES = sorted(path for path in CONFIG.glob('fastdds_*.xml') if path.name != OTHER_VERSION)
TALK = """
import rclpy
from rclpy.qos import qos_profile_sensor_data
from std_msgs.msg import UInt8MultiArray

rclpy.init()
node = rclpy.create_node('talker')
output = node.create_publisher(UInt8MultiArray, '/large', qos_profile_sensor_data)
message = UInt8MultiArray(data=bytes(640 * 480 * 3))
node.create_timer(0.1, lambda: output.publish(message))
rclpy.spin(node)
"""

pytestmark = pytest.mark.skipif(
    'fastrtps' not in get_rmw_implementation_identifier(), reason='another middleware is in use'
)


@pytest.mark.parametrize('profile', PROFILES, ids=lambda path: path.stem)
def test_images_of_a_camera_arrive_under_it(processes, ros_node, profile):
    from rclpy.qos import qos_profile_sensor_data
    from std_msgs.msg import UInt8MultiArray

    heard = collect(ros_node, UInt8MultiArray, '/large', qos_profile_sensor_data)
    talker = processes.run(
        sys.executable, '-c', TALK, environment={'FASTDDS_DEFAULT_PROFILES_FILE': str(profile)}
    )
    wait_until(lambda: len(heard) >= 3, what='three images')
    assert 'XMLPARSER' not in talker.output


def test_those_of_two_versions_differ_in_spelling_alone():
    new = (CONFIG / 'fastdds_lossy_wifi.xml').read_text()
    old = (CONFIG / OTHER_VERSION).read_text()
    for here, there in (
        ('heartbeat_period', 'heartbeatPeriod'),
        ('Fast DDS 3 (ROS 2 Kilted and later)', 'Fast DDS 2 (ROS 2 Jazzy)'),
    ):
        assert here in new
        new = new.replace(here, there)
    assert old == new
