"""How large the report of a recording of an hour is, and how soon a browser shows it.

A bag of CIFAR-10 pictures at 15 Hz is evaluated with each policy, and the report opened in a real
Chromium: until it is loaded, laid out and painted.
"""

import argparse
import subprocess
import sys
import tempfile
from pathlib import Path
from statistics import median

import evaluate_speed
import report

sys.path.insert(0, str(report.ROOT / 'test'))

from bags import write_bag
from chromium import Browser

WIDTHS = {'phone': 390, 'screen': 1280}
TIMES = 7


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument('--data', type=Path, default=report.SHARED / 'cifar10')
    parser.add_argument('--seconds', type=int, default=3600, help='length of the bag')
    parser.add_argument('--policies', nargs='+', default=['static', 'learned'])
    parser.add_argument('--link', default=str(report.ROOT / 'config/traces/driving_lte.csv'))
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        frames = evaluate_speed.rows(arguments.data, arguments.seconds * evaluate_speed.RATE_HZ)
        bag = write_bag(Path(folder) / 'bag', frames)
        rows = [
            measured(bag, arguments.policies[:runs], arguments.link, Path(folder))
            for runs in range(1, len(arguments.policies) + 1)
        ]
    report.write(
        'report_size',
        rows,
        bundle='cifar10',
        seconds=arguments.seconds,
        times=TIMES,
        to_reach={'report_mb': 10, 'opens_s': 2},
    )


def measured(bag: Path, policies: list[str], link: str, folder: Path) -> dict:
    page = folder / 'report.html'
    subprocess.run(
        [sys.executable, '-m', 'edge_exit.cli', 'evaluate', str(bag), '--bundle', 'cifar10',
         '--policy', *policies, '--link', link, '--robot-slowdown', '8', '--html', str(page)],
        check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, cwd=report.ROOT,
    )  # fmt: skip
    found = {'policies': ' '.join(policies), 'report_mb': page.stat().st_size / 1e6}
    with tempfile.TemporaryDirectory() as profile, Browser(Path(profile)) as browser:
        for name, width in WIDTHS.items():
            times = [browser.show(page, width=width) for _ in range(TIMES)]
            found |= {f'{name}_opens_s': median(times), f'{name}_worst_s': max(times)}
    return found


if __name__ == '__main__':
    main()
