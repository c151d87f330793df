"""Train networks with exits. Never imported on the robot."""
