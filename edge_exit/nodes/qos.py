"""Quality of service of every topic, in one place; reasons in docs/network.md."""

from rclpy.qos import QoSProfile, ReliabilityPolicy, qos_profile_sensor_data

IMAGES = qos_profile_sensor_data
"""Camera images: the newest counts, and every camera driver can be listened to."""

FEATURES = QoSProfile(depth=32, reliability=ReliabilityPolicy.BEST_EFFORT)
"""Offloaded frames and the answers to them: the frame's own deadline does what repair would."""

FEATURES_INBOX = QoSProfile(depth=256, reliability=ReliabilityPolicy.BEST_EFFORT)
"""Frames at the tail: those of all robots wait here while a batch runs."""

PROBES = QoSProfile(depth=32, reliability=ReliabilityPolicy.BEST_EFFORT)
"""Probes and their echoes: a repaired probe would measure the repair."""

STATUS = QoSProfile(depth=8, reliability=ReliabilityPolicy.BEST_EFFORT)
"""Listening to heartbeats of tails and link quality: the next one comes soon."""

STATUS_OFFERED = QoSProfile(depth=8, reliability=ReliabilityPolicy.RELIABLE)
"""Sending them: also to a listener that asks for more than ours, as default QoS does."""

RESULTS = QoSProfile(depth=50, reliability=ReliabilityPolicy.RELIABLE)
"""Results of frames: exactly one each, so none may be lost between processes of one robot."""

OPERATING_POINT = QoSProfile(depth=1, reliability=ReliabilityPolicy.RELIABLE)
"""Choices of the policy: only the newest counts."""
