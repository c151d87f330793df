"""Exit rules: how sure a frame is after each exit. One small file each."""
