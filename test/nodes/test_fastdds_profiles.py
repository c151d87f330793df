"""The shipped Fast DDS profiles: loaded without complaint, and they carry large messages."""

import sys
from pathlib import Path

import pytest

pytest.importorskip('rclpy', reason='needs ROS 2: `make test` installs it')

from rclpy.utilities import get_rmw_implementation_identifier

CONFIG = Path(__file__).resolve().parents[2] / 'config'
OTHER_VERSION = 'fastdds_lossy_wifi_jazzy.xml'
PROFILES = sorted(path for path in CONFIG.glob('fastdds_*.xml') if path.name != OTHER_VERSION)
# Both ends have the profile, as they do on a robot: a reader without it has room for 512 pieces of
# an image of 670, and on a busy machine it gets none whole.
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
LISTEN = """
import rclpy
from rclpy.qos import qos_profile_sensor_data
from std_msgs.msg import UInt8MultiArray

rclpy.init()
node = rclpy.create_node('listener')
node.create_subscription(
    UInt8MultiArray, '/large',
    lambda message: print(f'heard {len(message.data)} bytes', flush=True),
    qos_profile_sensor_data,
)
rclpy.spin(node)
"""

pytestmark = pytest.mark.skipif(
    'fastrtps' not in get_rmw_implementation_identifier(), reason='another middleware is in use'
)


@pytest.mark.parametrize('profile', PROFILES, ids=lambda path: path.stem)
def test_images_of_a_camera_arrive_under_it(processes, profile):
    environment = {'FASTDDS_DEFAULT_PROFILES_FILE': str(profile)}
    listener, talker = (
        processes.run(sys.executable, '-c', code, environment=environment)
        for code in (LISTEN, TALK)
    )
    listener.wait_until(lambda: listener.output.count('heard 921600 bytes') >= 3)
    assert 'XMLPARSER' not in listener.output + talker.output


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
