"""The world that policies are compared and trained in: recorded answers, simulated links."""
