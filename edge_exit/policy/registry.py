"""The policies by name."""

from edge_exit.errors import ConfigError
from edge_exit.policy.dynamic_split import DynamicSplit
from edge_exit.policy.interface import Policy
from edge_exit.policy.static import Static

POLICIES = {'static': Static, 'dynamic_split': DynamicSplit}


def make(name: str) -> Policy:
    """Make a policy by its name.

    :raises ConfigError: if there is none of that name.
    """
    if name not in POLICIES:
        raise ConfigError(f'policy "{name}" does not exist, choose one of: {", ".join(POLICIES)}')
    return POLICIES[name]()
