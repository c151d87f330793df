"""This package against what it competes with, robot and server on live shaped links. Needs root.

    make bench-links
    python benchmarks/live_links.py --pictures FOLDER [--traces FOLDER] [--small BUNDLE]

Robot and server are processes in two network namespaces, joined by a link whose rate is shaped, or
follows a recorded trace, and which loses frames. The robot's processes share a core that is eight
times slower. All contenders see the same labelled pictures through the same camera. They take
turns, all of them on all links, so that what else the machine does meets all alike. Those that use
no link stand in every row. Latency is from the arrival of an image at the robot's process to its
result there; an image without a result counts as wrong and as late.

Where the machine's host slows the core, too, the process that slows it takes the less. What it
could not make up for it says, and that turn of that contender is recorded again, up to --again
times, and the one that was disturbed least is kept: what contenders made of it plays no part.

What was measured is kept in out/live_links: a run that was stopped goes on where it was.
"""

import argparse
import json
import shutil
import sys
from functools import cache
from pathlib import Path

import live_cell
import live_links_plot
import report
import shaped_link
import slowed
from camera_bag import write_camera_bag
from live_cell import Played, Row
from live_contenders import Contender, contenders
from live_verdicts import verdicts

from edge_exit import bundle as bundles
from edge_exit.bundle import Bundle
from edge_exit.evaluation.labelled import labelled_files

OUT = report.ROOT / 'out' / 'live_links'
TRACES = report.SHARED / 'traces'
SHIPPED_TRACES = report.ROOT / 'config' / 'traces'
STEADY, CHANGING, LOSSY, NO_LINK = 'steady', 'changing', 'lossy', 'none'
# Traces, and where in them a minute begins that has much and little.
RECORDED = {
    'lte_att_driving_2016_up': 30.0,
    'lte_verizon_short_up': 0.0,
    '5g_driving_a': 270.0,
}
WARM_UP = 5.0
# What a recording is of: one of something else is made anew.
ABOUT = 'about.json'
# Of what a slow core should let the robot do, and of its time: what is disturbed.
LEAST_LEFT, MOST_STOLEN = 0.95, 0.05
TO_REACH = {
    'latency_ms_mean': '<= 0.7 of the best contender on changing and lossy links, never > 1.05',
    'latency_ms_p99': '<= 1.0 of it',
    'missed': '<= 0.01 wherever the robot alone keeps the deadline',
    'lost': 0,
}


def main() -> None:
    arguments = _arguments()
    if reason := missing(arguments.pictures):
        print(f'skipped: {reason}')
        return
    live_cell.priority()
    rows = [row for row in rows_of(arguments.traces) if _wanted(row.name, arguments.rows)]
    everyone = [
        one
        for one in contenders(arguments.bundle, arguments.small)
        if _wanted(one.name, arguments.contenders)
    ]
    turns = [played_by_all(turn, arguments) for turn in range(arguments.turns)]
    cells = [
        (row, one)
        for row in [Row('no link used', NO_LINK), *rows]
        for one in everyone
        if one.linked == (row.kind != NO_LINK)
    ]
    for played in turns:
        for row, one in cells:
            recorded(row, one, played, arguments)
    repeated = repeat_disturbed([(played, *cell) for played in turns for cell in cells], arguments)
    found = [measured(row, one, turns, arguments) for row, one in cells]
    write(found, rows, everyone, repeated, arguments)
    live_links_plot.main()


def missing(pictures: Path | None) -> str | None:
    """Say why nothing can be measured here, None if it can."""
    if pictures is None or not pictures.is_dir():
        return f'no labelled pictures at {pictures}: give --pictures, a folder for each class'
    return shaped_link.missing(lossy=True) or slowed.missing()


def rows_of(traces: Path) -> list[Row]:
    """Give the links; those of traces that are not here are left out."""
    recorded = [
        Row(f'trace {name}', CHANGING, trace=traces / f'{name}.csv', offset=offset)
        for name, offset in RECORDED.items()
        if (traces / f'{name}.csv').exists()
    ]
    wifi = SHIPPED_TRACES / 'warehouse_wifi.csv'
    return [
        *(Row(f'{rate:g} Mbit/s', STEADY, rate_mbps=rate) for rate in (2.0, 10.0, 50.0)),
        *recorded,
        Row('trace warehouse_wifi', CHANGING, trace=wifi),
        *(
            Row(f'10 Mbit/s, {100 * loss:g} % loss', LOSSY, rate_mbps=10.0, loss=loss)
            for loss in (0.02, 0.1)
        ),
    ]


@cache
def loaded(bundle: str) -> Bundle:
    """Load a bundle once, however many cells ask for it."""
    return bundles.load(bundle)


def played_by_all(turn: int, arguments: argparse.Namespace) -> Played:
    """Write the recording that everyone is shown in a turn, unless it is there."""
    name = f'{arguments.pictures.name}_{arguments.rate:g}hz_{arguments.seconds:g}s_{turn}'
    bag = arguments.out / name
    if not (bag / 'metadata.yaml').exists():
        shutil.rmtree(bag, ignore_errors=True)
        bundle = loaded(arguments.bundle)
        frames = round(arguments.rate * (WARM_UP + arguments.seconds))
        write_camera_bag(
            bag,
            labelled_files(arguments.pictures, bundle),
            bundle.classes,
            frames=frames,
            rate=arguments.rate,
            first=turn * frames,
        )
    return Played(bag, WARM_UP)


def recorded(row: Row, one: Contender, played: Played, arguments: argparse.Namespace) -> None:
    """Let one contender have its turn on one link, unless it had it before."""
    folder, about = _folder(row, one, played, arguments), _about(row, one, played)
    kept = folder / ABOUT
    if kept.exists() and json.loads(kept.read_text()) == about:
        return
    print(f'{played.bag.name}, {row.name}: {one.name}', file=sys.stderr, flush=True)
    shutil.rmtree(folder, ignore_errors=True)
    live_cell.record(row, one, played, folder)
    kept.write_text(json.dumps(about, indent=2))


def repeat_disturbed(
    parts: list[tuple[Played, Row, Contender]], arguments: argparse.Namespace
) -> dict[str, float]:
    """Record again what was disturbed; say how many recordings were, and how many still are."""
    folders = [_folder(row, one, played, arguments) for played, row, one in parts]
    before = [is_disturbed(live_cell.host(folder)) for folder in folders]
    for _ in range(arguments.again):
        for part, folder in zip(parts, folders, strict=True):
            if is_disturbed(live_cell.host(folder)):
                record_again(*part, folder)
    after = [live_cell.host(folder) for folder in folders]
    return {
        'recordings': len(parts),
        'disturbed': sum(before),
        'still_disturbed': sum(map(is_disturbed, after)),
        'least_pace': round(min(host.pace for host in after), 3),
        'least_left': round(min(host.left for host in after), 3),
    }


def record_again(played: Played, row: Row, one: Contender, folder: Path) -> None:
    """Let a contender have its turn again, and keep the one that the host disturbed less."""
    print(f'again: {played.bag.name}, {row.name}: {one.name}', file=sys.stderr, flush=True)
    other = folder.with_name(f'{folder.name}_again')
    shutil.rmtree(other, ignore_errors=True)
    live_cell.record(row, one, played, other)
    if live_cell.host(other).left > live_cell.host(folder).left:
        shutil.copy(folder / ABOUT, other)
        shutil.rmtree(folder)
        other.rename(folder)
    else:
        shutil.rmtree(other)


def is_disturbed(host: live_cell.Host) -> bool:
    """Say whether the robot got less of its slow core than it should, or that stood still."""
    return host.left < LEAST_LEFT or host.stolen > MOST_STOLEN


def measured(row: Row, one: Contender, turns: list[Played], arguments: argparse.Namespace) -> dict:
    """Judge what one contender did on one link."""
    recordings = [(played, _folder(row, one, played, arguments)) for played in turns]
    return {
        'link': row.name,
        'contender': one.name,
        'figures': live_cell.judged(one, recordings),
    }


def _folder(row: Row, one: Contender, played: Played, arguments: argparse.Namespace) -> Path:
    cell = f'{row.name} {one.name}'.translate(str.maketrans(' /%,', '____'))
    return arguments.out / cell / played.bag.name


def _about(row: Row, one: Contender, played: Played) -> dict:
    return {
        'link': live_cell.described(row),
        'contender': one.name,
        'model_id': loaded(one.bundle).model_id,
        'settings': dict(one.settings),
        'camera': played.bag.name,
    }


def write(
    found: list[dict],
    rows: list[Row],
    everyone: list[Contender],
    repeated: dict[str, float],
    arguments: argparse.Namespace,
) -> None:
    """Write all figures, and how this package compares in each row."""
    networks = {one.name: whole_accuracy(one.bundle) for one in everyone}
    table = [_line(cell, networks) for cell in found]
    report.write(
        'live_links',
        table,
        bundle=Path(arguments.bundle).name,
        model_id=loaded(arguments.bundle).model_id,
        small=Path(arguments.small).name if arguments.small else 'none',
        rate_hz=arguments.rate,
        seconds=arguments.seconds,
        turns=arguments.turns,
        deadline_ms=1e3 * live_cell.DEADLINE,
        slowdown=live_cell.SLOWDOWN,
        host=repeated,
        to_reach=TO_REACH,
        ours=verdicts(table, [(row.name, row.kind) for row in rows]),
    )


def whole_accuracy(bundle: str) -> float:
    """Give the share of right answers of a whole network on its validation pictures."""
    return loaded(bundle).metrics['calibration']['whole_accuracy']


def _line(cell: dict, networks: dict[str, float]) -> dict:
    figures, contender = cell['figures'], cell['contender']
    return {
        'link': cell['link'],
        'contender': contender,
        'network_accuracy': round(networks[contender], 4),
        **{name: _rounded(figures.get(name), digits) for name, digits in SHOWN.items()},
        'turns_ms': figures.get('turns_ms', []),
    }


# Columns of the table and their digits.
SHOWN = {
    'accuracy': 4, 'latency_ms_mean': 1, 'latency_ms_p50': 1, 'latency_ms_p99': 1,
    'missed': 4, 'lost': 0, 'dropped': 0, 'energy_j_per_frame': 4, 'bytes_per_frame': 0,
    'exited': 0, 'offloaded': 0, 'fallback': 0, 'images': 0, 'rtt_ms': 2, 'jitter_ms': 2,
}  # fmt: skip


def _rounded(value: float | None, digits: int) -> float | int | None:
    if value is None:
        return None
    return round(value, digits) if digits else round(value)


def _wanted(name: str, patterns: list[str]) -> bool:
    return not patterns or any(pattern in name for pattern in patterns)


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument('--pictures', type=Path, help='folder with a folder for each class')
    parser.add_argument('--bundle', default='objects20')
    parser.add_argument('--small', help='bundle of a small network that runs whole on board')
    parser.add_argument('--traces', type=Path, default=TRACES, help='folder of recorded traces')
    # 203.06 ms apart: out of step with what else happens a few times a second.
    parser.add_argument('--rate', type=float, default=4.9248, help='images a second')
    parser.add_argument('--seconds', type=float, default=15.0, help='judged time of each turn')
    parser.add_argument('--turns', type=int, default=3, help='of each contender on each link')
    parser.add_argument('--again', type=int, default=2, help='times, if the host disturbed it')
    parser.add_argument('--rows', nargs='*', default=[], help='parts of names of links')
    parser.add_argument('--contenders', nargs='*', default=[], help='parts of names')
    parser.add_argument('--out', type=Path, default=OUT)
    return parser.parse_args()


if __name__ == '__main__':
    main()
