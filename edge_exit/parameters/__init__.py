"""What users set of head, tail and policy: tables of parameters and what they mean; no ROS."""
