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
    """A node cannot take what another one sent.

    :ivar kind: what is wrong in one word, for counting.
    """

    def __init__(self, reason: str, *, kind: str = 'other') -> None:
        super().__init__(reason)
        self.kind = kind


class ConfigError(EdgeExitError):
    """A setting has a value that it cannot have."""
