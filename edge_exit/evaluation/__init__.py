"""Metrics, reports and plots over recorded outcomes."""
