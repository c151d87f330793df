"""Thin ROS adapters, one file each; the only room that knows ROS."""
