"""Write the tables of benchmarks/README.md, README.md and docs/ from the results.

python benchmarks/tables.py

A page asks for columns of a result by `<!-- rows of NAME: column, column -->`, and they are written
between that line and `<!-- end of rows -->`. NAME.KEY are the rows of another table of the result;
`NAME where column is this or that` are some of them.
"""

import ast
import json
import re
import sys
from typing import Any

import report

README = report.ROOT / 'benchmarks' / 'README.md'
BEGIN, END = '<!-- results -->', '<!-- end of results -->'
ROWS_OF = re.compile(
    r'(<!-- rows of ([\w.]+)(?: where (\w+) is ([^:]+))?: (.*?) -->\n).*?(<!-- end of rows -->)',
    re.S,
)
# Of a longer curve only some rows are shown; all are in the JSON file.
ROWS = 14
HEADER = ('name', 'command', 'date', 'commit', 'machine', 'versions', 'rows')


def main() -> int:
    """Rewrite the tables; `--check` only says which page's are not those of the results."""
    differing = []
    for page in (README, report.ROOT / 'README.md', *sorted((report.ROOT / 'docs').glob('*.md'))):
        old = page.read_text()
        new = ROWS_OF.sub(rows_of, old)
        new = re.sub(f'{BEGIN}.*{END}', lambda _: f'{BEGIN}\n{tables()}\n{END}', new, flags=re.S)
        if new != old:
            differing.append(str(page.relative_to(report.ROOT)))
            if '--check' not in sys.argv:
                page.write_text(new)
    if '--check' not in sys.argv or not differing:
        return 0
    print(f'tables differ from the results: {", ".join(differing)}')
    return 1


def rows_of(asked: re.Match) -> str:
    """Lay out the columns of a result that a page asks for."""
    begin, name, by, values, columns, end = asked.groups()
    name, _, key = name.partition('.')
    rows = json.loads((report.RESULTS / f'{name}.json').read_text())[key or 'rows']
    names = columns.split(', ')
    if unknown := set(names).difference(*rows):
        raise SystemExit(f'no row of {name} has {", ".join(sorted(unknown))}')
    if by:
        rows = [row for row in rows if str(row.get(by)) in values.split(' or ')]
    if not rows:
        raise SystemExit(f'no row of {name} where {by} is {values}')
    chosen = [{column: row.get(column, '') for column in names} for row in rows]
    return f'{begin}{report.table(chosen)}\n{end}'


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
