"""Recordings: what evaluation and players read of rosbag2 files, whole or damaged, without ROS."""
