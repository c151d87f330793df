"""Torch: backbones cut into segments, with exits. Never imported on the robot."""
