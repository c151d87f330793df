"""The demo: robot and server over a changing link, watched and measured."""
