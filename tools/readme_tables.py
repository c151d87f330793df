"""Write the tables of parameters in README.md from the nodes' own tables.

python tools/readme_tables.py            rewrite them
python tools/readme_tables.py --check    exit with 1 and name the first table that differs
"""

import importlib
import re
import sys
from pathlib import Path

from edge_exit.parameters.table import Parameter

README = Path(__file__).resolve().parent.parent / 'README.md'
NODES = ('head', 'tail', 'policy', 'link_emulator', 'bag_player', 'bag_recorder')


def main() -> int:
    """Rewrite or check README.md."""
    old = README.read_text()
    new = with_tables(old)
    if '--check' not in sys.argv:
        README.write_text(new)
        return 0
    differing = [node for node in NODES if section(old, node) != section(new, node)]
    if differing:
        print(f'README.md: parameters of {differing[0]} differ from the code: run {sys.argv[0]}')
    return bool(differing)


def with_tables(text: str) -> str:
    """Give a text whose sections between markers hold the tables of today's code."""
    for node in NODES:
        begin, end = markers(node)
        rows = importlib.import_module(f'edge_exit.nodes.{node}').PARAMETERS
        table = f'{begin}\n{markdown(rows)}\n{end}'
        text = re.sub(re.escape(begin) + '.*?' + re.escape(end), lambda _: table, text, flags=re.S)  # noqa: B023
    return text


def section(text: str, node: str) -> str:
    """Give what lies between a node's markers."""
    begin, end = markers(node)
    return text.partition(begin)[2].partition(end)[0]


def markers(node: str) -> tuple[str, str]:
    """Give the comments around a node's table."""
    return f'<!-- parameters of {node} -->', f'<!-- end of {node} -->'


def markdown(rows: tuple[Parameter, ...]) -> str:
    """Lay a parameter table out as Markdown."""
    lines = ['| parameter | default | allowed | meaning |', '|---|---|---|---|']
    for row in rows:
        fixed = ' (fixed at start)' if row.read_only else ''
        meaning = row.description.replace('|', '\\|')
        lines.append(
            f'| `{row.name}` | `{shown(row.default)}` | {allowed(row)} | {meaning}{fixed} |'
        )
    return '\n'.join(lines)


def shown(value: object) -> str:
    """Show a default as ROS tools take it."""
    if isinstance(value, bool):
        return str(value).lower()
    return f'"{value}"' if isinstance(value, str) else str(value).replace("'", '"')


def allowed(row: Parameter) -> str:
    """Show what values a parameter may have."""
    if row.choices:
        return ', '.join(row.choices)
    return '' if row.low is None else f'{row.low:g} .. {row.high:g}'


if __name__ == '__main__':
    sys.exit(main())
