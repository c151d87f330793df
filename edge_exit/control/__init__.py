"""What head and policy node decide between messages, with times passed in; no ROS."""
