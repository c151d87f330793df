"""A ROS domain that nobody else on this machine uses."""

import random
import socket

from edge_exit.errors import ConfigError

# Above 101 the ports of a domain reach into those that Linux hands out to anybody.
DOMAINS = range(1, 102)
# DDS: port of a domain's first participant for discovery by unicast.
PORT_BASE, PORT_DOMAIN_GAIN, PORT_OFFSET = 7400, 250, 10


def free_domain() -> int:
    """Find a domain in which no process of this machine takes part.

    :raises ConfigError: if all are in use.
    """
    for domain in random.sample(DOMAINS, len(DOMAINS)):
        if not in_use(domain):
            return domain
    raise ConfigError(f'all ROS domains {DOMAINS[0]}..{DOMAINS[-1]} are in use on this machine')


def check_domain(domain: int) -> int:
    """Give back a domain that the user chose, or say why it cannot be had."""
    if domain not in DOMAINS:
        raise ConfigError(f'ROS domain {domain} is not one of {DOMAINS[0]}..{DOMAINS[-1]}')
    if in_use(domain):
        raise ConfigError(
            f'ROS domain {domain} is in use on this machine (UDP port {_port(domain)} is taken):'
            ' end what runs there, or choose another with --domain, or none to get a free one'
        )
    return domain


def in_use(domain: int) -> bool:
    """Say whether a process of this machine takes part in a domain."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        try:
            probe.bind(('', _port(domain)))
        except OSError:
            return True
    return False


def _port(domain: int) -> int:
    return PORT_BASE + PORT_DOMAIN_GAIN * domain + PORT_OFFSET
