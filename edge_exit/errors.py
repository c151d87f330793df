"""Errors that are the user's to mend: each names the value, the place and the cure."""


class EdgeExitError(Exception):
    """Base of all errors that edge_exit raises on purpose."""


class BundleError(EdgeExitError):
    """A bundle is missing, damaged, or not what it says it is."""


class CodecError(EdgeExitError):
    """Coded features do not decode to what they say they are."""


class ImageError(EdgeExitError):
    """A camera image cannot be turned into the network's input."""


class RefusedError(EdgeExitError):
    """A tail cannot take the frame that a head sent."""


class ConfigError(EdgeExitError):
    """A setting has a value that it cannot have."""
