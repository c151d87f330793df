"""Replays of recordings with the real nodes over DDS, judged as the simulated ones are."""
