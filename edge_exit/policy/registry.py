"""The policies by name."""

from edge_exit.errors import ConfigError
from edge_exit.policy.bandit import Bandit
from edge_exit.policy.channel_threshold import ChannelThreshold
from edge_exit.policy.dynamic_split import DynamicSplit
from edge_exit.policy.energy_aware import EnergyAware
from edge_exit.policy.interface import Policy
from edge_exit.policy.learned import Learned
from edge_exit.policy.lyapunov import Lyapunov
from edge_exit.policy.static import Static

POLICIES = {
    'static': Static,
    'dynamic_split': DynamicSplit,
    'energy_aware': EnergyAware,
    'lyapunov': Lyapunov,
    'bandit': Bandit,
    'channel_threshold': ChannelThreshold,
    'learned': Learned,
}


def make(name: str) -> Policy:
    """Make a policy by its name.

    :raises ConfigError: if there is none of that name.
    """
    if name not in POLICIES:
        raise ConfigError(f'policy "{name}" does not exist, choose one of: {", ".join(POLICIES)}')
    return POLICIES[name]()
