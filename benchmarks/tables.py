"""Write the tables of benchmarks/README.md from the results.

python benchmarks/tables.py
"""

import ast
import json
import re
import sys
from typing import Any

import report

README = report.ROOT / 'benchmarks' / 'README.md'
BEGIN, END = '<!-- results -->', '<!-- end of results -->'
# Of a longer curve only some rows are shown; all are in the JSON file.
ROWS = 14
HEADER = ('name', 'command', 'date', 'commit', 'machine', 'versions', 'rows')


def main() -> int:
    """Rewrite the tables; `--check` only says whether they are those of the results."""
    old = README.read_text()
    new = re.sub(f'{BEGIN}.*{END}', lambda _: f'{BEGIN}\n{tables()}\n{END}', old, flags=re.S)
    if '--check' in sys.argv:
        return int(old != new)
    README.write_text(new)
    return 0


def tables() -> str:
    """Lay out all results, in the order of their names."""
    results = sorted(report.RESULTS.glob('*.json'))
    return '\n\n'.join(section(json.loads(path.read_text())) for path in results)


def section(result: dict[str, Any]) -> str:
    """Lay out one result: what, how, where, and its rows."""
    facts = {key: value for key, value in result.items() if key not in HEADER}
    machine = result['machine']
    lines = [
        f'## {result["name"]}',
        '',
        purpose(result['command']),
        '',
        f'`{result["command"]}`, {result["date"][:10]}, commit {result["commit"]}, '
        f'{machine["cpu"]}, {machine["cores"]} cores, load {machine["load_1min"]}.',
    ]
    if facts:
        lines += ['', '; '.join(f'{key}: {shown(value)}' for key, value in facts.items()) + '.']
    return '\n'.join([*lines, '', report.table([short(row) for row in fewer(result['rows'])])])


def purpose(command: str) -> str:
    """Give the first line of the docstring of the script that a command runs."""
    script = report.ROOT / command.split()[1]
    text = ast.get_docstring(ast.parse(script.read_text())) if script.exists() else None
    return (text or '').partition('\n')[0]


def fewer(rows: list[Any]) -> list[Any]:
    """Leave out rows of a long curve, evenly; the first and the last stay."""
    step = -(-(len(rows) - 1) // (ROWS - 1)) or 1
    return rows[::step] + ([rows[-1]] if (len(rows) - 1) % step else [])


def short(row: dict[str, Any]) -> dict[str, Any]:
    """Leave the single measurements to the JSON file."""
    return {key: value for key, value in row.items() if not isinstance(value, list | dict)}


def shown(value: Any) -> str:
    """Show a fact in one line."""
    if isinstance(value, dict):
        return ', '.join(f'{key} {shown(item)}' for key, item in value.items())
    return ' | '.join(map(shown, value)) if isinstance(value, list) else str(value)


if __name__ == '__main__':
    sys.exit(main())
