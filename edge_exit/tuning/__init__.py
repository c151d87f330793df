"""Finds the parameters that a recording asks for, by replays of its first half."""
