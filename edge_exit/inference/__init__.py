"""Belief, exit rules, segments run fast, head and tail sessions."""
