"""The parts of what is judged of a run, each ready for JSON."""
