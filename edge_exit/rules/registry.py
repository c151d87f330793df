"""Exit rules by name."""

from edge_exit.rules.difference import Difference
from edge_exit.rules.entropy import Entropy
from edge_exit.rules.halting_mass import HaltingMass
from edge_exit.rules.interface import ExitRule
from edge_exit.rules.margin import Margin
from edge_exit.rules.patience import Patience
from edge_exit.rules.probability import Probability

RULES = {
    rule.name: rule for rule in (Margin, Probability, Entropy, HaltingMass, Patience, Difference)
}
NAMES = tuple(RULES)
DEFAULT = Margin.name


def rules_for(exits: int) -> dict[str, ExitRule]:
    """Give every rule by its name, for a network of so many exits."""
    return {name: rule(exits) for name, rule in RULES.items()}
