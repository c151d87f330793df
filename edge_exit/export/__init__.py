"""From a trained checkpoint to a bundle. Imports torch; never on the robot."""
