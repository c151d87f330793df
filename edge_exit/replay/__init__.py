"""A robot, its link and its tail on a virtual clock: the very code of the robot, without ROS."""
