"""What is around a robot: the tails on its network, and nodes that are not well."""

from rich.text import Text

from edge_exit.terminal.seen import Seen, TailSeen
from edge_exit.terminal.words import fact

# Nodes speak on /diagnostics once a second.
LOST_S = 4.0


def tail_facts(seen: Seen) -> list[Text]:
    """List every tail on this network."""
    if not seen.tails:
        return [fact('tails', 'none seen')]
    return [
        fact('tails' if index == 0 else '', _tail(tail, seen.now))
        for index, tail in enumerate(seen.tails)
    ]


def _tail(tail: TailSeen, now: float) -> Text:
    if tail.silent(now):
        return Text(f'{tail.name}  silent for {now - tail.heard:.0f} s', 'red')
    return Text(
        f'{tail.name}  load {tail.load:.0%}, queue {tail.queue}, heads {tail.heads}, '
        f'served {tail.served}, refused {tail.refused}, model {tail.model_id[:8]}'
    )


def trouble_facts(seen: Seen) -> list[Text]:
    """List nodes that are not fine, by their own word, and those that have fallen silent."""
    found = []
    for node, health in sorted(seen.health.items()):
        silent = seen.now - health.heard
        if silent > LOST_S:
            found.append(Text(f'{node}: silent for {silent:.0f} s', 'red'))
        elif health.level:
            found.append(Text(f'{node}: {health.message}', 'yellow'))
    return [fact('trouble' if index == 0 else '', words) for index, words in enumerate(found)]
