"""Write a benchmark's figures with all that is needed to judge and repeat them.

In a script of this folder, run as `python benchmarks/NAME.py`:

    import report
    report.write('NAME', rows, threads=1)
"""

import importlib.metadata
import json
import math
import os
import platform
import shlex
import subprocess
import sys
import tempfile
from collections.abc import Mapping, Sequence
from datetime import datetime, timezone
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
RESULTS = ROOT / 'benchmarks' / 'results'
# Pictures and traces that lie beside a checkout where there are any.
SHARED = ROOT.parent / 'shared' / 'data'
PACKAGES = ('numpy', 'onnxruntime', 'torch', 'zstandard', 'ros-kilted-rclpy')


def write(name: str, rows: Sequence[Mapping[str, Any]], **facts: Any) -> Path:
    """Write `benchmarks/results/<name>.json` and print its rows as a table.

    :param rows: one mapping a line of the table; names of the keys carry the units.
    :param facts: what holds for all rows (threads, repetitions, bundle, figures to reach).
    :returns: path of the file.
    """
    document = {'name': name, **header(), **facts, 'rows': [dict(row) for row in rows]}
    path = RESULTS / f'{name}.json'
    path.parent.mkdir(exist_ok=True)
    with tempfile.NamedTemporaryFile('w', dir=path.parent, suffix='.tmp', delete=False) as file:
        file.write(json.dumps(_plain(document), indent=2) + '\n')
    Path(file.name).chmod(0o644)
    Path(file.name).replace(path)
    print(table(rows))
    print(f'\nwritten: {path.relative_to(ROOT)}')
    return path


def header() -> dict[str, Any]:
    """Give command, date, commit, machine and versions of this run."""
    return {
        'command': elsewhere([Path(sys.executable).name, *_script(), *sys.argv[1:]]),
        'date': datetime.now(timezone.utc).isoformat(timespec='seconds'),
        'commit': _commit(),
        'machine': {
            'cpu': _cpu_model(),
            'cores': len(os.sched_getaffinity(0)),
            'memory_gib': round(_memory_bytes() / 2**30, 1),
            'load_1min': round(os.getloadavg()[0], 2),
            'system': f'{platform.system()} {platform.release()} {platform.machine()}',
        },
        'versions': {'python': platform.python_version()} | _versions(),
    }


def table(rows: Sequence[Mapping[str, Any]]) -> str:
    """Lay out rows as a Markdown table, columns in the order of their first appearance."""
    columns = list(dict.fromkeys(key for row in rows for key in row))
    body = [[_cell(_plain(row.get(key, ''))) for key in columns] for row in rows]
    widths = [max(len(line[index]) for line in [columns, *body]) for index in range(len(columns))]
    lines = [columns, ['-' * width for width in widths], *body]
    return '\n'.join(
        '| '
        + ' | '.join(cell.ljust(width) for cell, width in zip(line, widths, strict=True))
        + ' |'
        for line in lines
    )


def elsewhere(words: Sequence[str]) -> str:
    """Write a command as it may be given on another machine, without this one's folders."""
    parts = [word.rpartition('=') for word in words]
    named = ((a, eq, Path(b).name if Path(b).is_absolute() else b) for a, eq, b in parts)
    return shlex.join(map(''.join, named))


def _script() -> list[str]:
    script = Path(sys.argv[0]).resolve()
    return [str(script.relative_to(ROOT) if script.is_relative_to(ROOT) else script.name)]


def _cell(value: Any) -> str:
    return f'{value:.4g}' if isinstance(value, float) else str(value)


def _plain(value: Any) -> Any:
    """Turn numpy numbers and arrays into JSON's own; NaN and infinity into null."""
    if isinstance(value, Mapping):
        return {str(key): _plain(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(item) for item in value]
    if hasattr(value, 'tolist'):
        return _plain(value.tolist())
    if isinstance(value, float):
        return round(value, 6) if math.isfinite(value) else None
    return value if isinstance(value, str | int | bool | None) else str(value)


def _commit() -> str:
    """Give the commit, marked where files of the package differ from it."""
    try:
        done = subprocess.run(
            ['git', 'describe', '--always', '--abbrev=12', '--dirty'],
            cwd=ROOT, capture_output=True, text=True, check=True,
        )  # fmt: skip
    except (OSError, subprocess.CalledProcessError):
        return 'unknown'
    return done.stdout.strip()


def _cpu_model() -> str:
    for line in Path('/proc/cpuinfo').read_text().splitlines():
        if line.startswith('model name'):
            return line.split(':', 1)[1].strip()
    return platform.processor() or 'unknown'


def _memory_bytes() -> int:
    return os.sysconf('SC_PAGE_SIZE') * os.sysconf('SC_PHYS_PAGES')


def _versions() -> dict[str, str]:
    found = {}
    for package in PACKAGES:
        try:
            found[package] = importlib.metadata.version(package)
        except importlib.metadata.PackageNotFoundError:
            continue
    return found
