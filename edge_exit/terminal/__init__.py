"""Running robots in a terminal."""
