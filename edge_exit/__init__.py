"""Split, early-exiting inference between a robot and an edge server."""

__version__ = '0.1.0'
