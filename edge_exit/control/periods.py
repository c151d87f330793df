"""How often a robot does what no message asks for, s."""

# Link quality is published, and a change of a tail's state is noticed.
LINK_QUALITY = 0.2
# The head's own rule chooses anew while it takes the place of a silent policy.
OWN_RULE = 0.1
_PROBING = 0.025
_PROBING_QUIET = 0.1


def probing(*, quiet: bool) -> float:
    """Give when the head asks next whether to probe its link, s.

    :param quiet: nothing is on its way there, and its goodput is known.
    """
    return _PROBING_QUIET if quiet else _PROBING
