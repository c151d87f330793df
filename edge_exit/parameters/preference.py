"""Parameters that say what the user prefers, and what frames cost this robot."""

from collections.abc import Mapping
from typing import Any

from edge_exit.parameters.table import Parameter
from edge_exit.policy.energy import EnergyModel
from edge_exit.policy.preference import HEAVIEST, Preference

# Where a robot measures what computing costs it.
MODEL, BATTERY, RAPL = 'model', 'battery', 'rapl'
SOURCES = (MODEL, BATTERY, RAPL)

_PHONE = 'Huang et al., MobiSys 2012, table 4'
_BOARD = 'pidramble.com/wiki/benchmarks/power-consumption'
_STATED = EnergyModel()


def _weight(name: str, unit: str) -> Parameter:
    return Parameter(
        f'{name}_weight',
        getattr(Preference(), name),
        f'what {unit} is worth, 0 nothing (docs/policies.md)',
        low=0.0,
        high=HEAVIEST,
    )


PREFERENCE_PARAMETERS = (
    _weight('accuracy', 'a right answer more in ten'),
    _weight('latency', 'a whole latency budget'),
    _weight('energy', 'the energy of the whole network on board'),
    _weight('bandwidth', 'a message as large as the JPEG picture'),
    Parameter(
        'latency_budget_ms',
        1e3 * Preference().latency_budget,
        'time from image to result that a frame should not exceed [ms]',
        low=1.0,
        high=60000.0,
    ),
    Parameter(
        'energy_budget',
        0.5,
        'mean energy of a frame that the policy lyapunov keeps to, as a share of that of the whole '
        'network on board',
        low=0.0,
        high=10.0,
    ),
)

ENERGY_PARAMETERS = (
    Parameter(
        'power_source',
        BATTERY,
        'where this robot measures what computing costs it, to replace compute_watts and '
        'idle_watts: topic battery_state, counter of the processor (rapl), or not at all (model)',
        choices=SOURCES,
    ),
    Parameter(
        'compute_watts',
        _STATED.compute_watts,
        f'power of the robot computer while the network runs [W]; Raspberry Pi 4 B ({_BOARD})',
        low=0.0,
        high=1000.0,
    ),
    Parameter(
        'idle_watts',
        _STATED.idle_watts,
        f'power of the robot computer at rest [W]; Raspberry Pi 4 B ({_BOARD})',
        low=0.0,
        high=1000.0,
    ),
    Parameter(
        'radio_watts',
        _STATED.radio_watts,
        f'power of the radio while it sends or awaits an answer [W]; Wi-Fi ({_PHONE}; LTE 1.288)',
        low=0.0,
        high=100.0,
    ),
    Parameter(
        'radio_nj_per_bit',
        1e9 * _STATED.radio_joule_per_bit,
        f'energy of each bit sent, beside radio_watts [nJ]; Wi-Fi ({_PHONE}; LTE 438.39)',
        low=0.0,
        high=1e6,
    ),
    Parameter(
        'tail_watts',
        _STATED.tail_watts,
        'power of the server while it computes for this robot [W]; 0 counts the robot alone',
        low=0.0,
        high=10000.0,
    ),
)


def preference(values: Mapping[str, Any]) -> Preference:
    """Give what the user prefers."""
    return Preference(
        accuracy=values['accuracy_weight'],
        latency=values['latency_weight'],
        energy=values['energy_weight'],
        bandwidth=values['bandwidth_weight'],
        latency_budget=values['latency_budget_ms'] / 1e3,
    )


def stated_energy(values: Mapping[str, Any]) -> EnergyModel:
    """Give the stated constants of this robot."""
    return EnergyModel(
        compute_watts=values['compute_watts'],
        idle_watts=values['idle_watts'],
        radio_watts=values['radio_watts'],
        radio_joule_per_bit=values['radio_nj_per_bit'] / 1e9,
        tail_watts=values['tail_watts'],
    )
