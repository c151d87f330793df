"""How near a replay on a virtual clock comes to one with the real nodes over DDS.

A bag (the demo's, or one of pictures as a camera sees them) is played to the real nodes on this
machine, then replayed offline: with the same link, computing times measured here; and with the link
as the head had measured it. To agree are mean latency and bytes a frame, by their ratio to those of
the real nodes, and outcomes, by the share of frames that would have to end otherwise.
"""

import argparse
import json
import subprocess
import sys
from importlib.resources import files
from pathlib import Path
from tempfile import TemporaryDirectory

import report
from camera_bag import write_camera_bag

from edge_exit import bundle as bundles
from edge_exit.evaluation.labelled import labelled_files

BAG = str(files('edge_exit') / 'demo' / 'bag')
TRACES = report.ROOT / 'config' / 'traces'
LINKS = {
    '20 Mbit/s, 5 ms': ('--link', '20', '--rtt-ms', '5'),
    '2 Mbit/s, 20 ms': ('--link', '2', '--rtt-ms', '20'),
    '0.3 Mbit/s, 40 ms': ('--link', '0.3', '--rtt-ms', '40'),
    'driving_lte': ('--link', str(TRACES / 'driving_lte.csv')),
    'warehouse_wifi': ('--link', str(TRACES / 'warehouse_wifi.csv')),
}
OUTCOMES = ('exited', 'offloaded', 'fallback')
RATE = 10.0
COMPARED = ('latency_ms_mean', 'bytes_per_frame', *OUTCOMES)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument('--bundle', default='fashion_mnist')
    parser.add_argument('--pictures', type=Path, help='labelled ones, a folder a class')
    parser.add_argument('--seconds', type=float, default=20.0, help='of these pictures')
    parser.add_argument('--policies', nargs='+', default=['static', 'dynamic_split'])
    parser.add_argument('--links', nargs='+', choices=LINKS, default=list(LINKS))
    arguments = parser.parse_args()
    with TemporaryDirectory() as folder:
        bag = BAG
        if arguments.pictures:
            bag = pictures_bag(Path(folder), arguments)
        rows = [
            row
            for policy in arguments.policies
            for link in arguments.links
            for row in compared(bag, arguments.bundle, policy, link)
        ]
    report.write(
        f'replay_agreement_{arguments.bundle}',
        rows,
        bundle=arguments.bundle,
        to_reach={'latency_ratio': '0.9..1.1', 'bytes_ratio': '0.9..1.1', 'outcomes_apart': 0.1},
    )


def pictures_bag(folder: Path, arguments: argparse.Namespace) -> str:
    bundle, bag = bundles.load(arguments.bundle), folder / 'camera'
    pictures = labelled_files(arguments.pictures, bundle)
    frames = round(RATE * arguments.seconds)
    write_camera_bag(bag, pictures, bundle.classes, frames=frames, rate=RATE)
    return str(bag)


def compared(bag: str, bundle: str, policy: str, link: str) -> list[dict]:
    options = LINKS[link]
    with TemporaryDirectory() as folder:
        out = Path(folder)
        chosen = ['--bundle', bundle, '--policy', policy]
        run('replay', bag, *chosen, *options, '--out', folder)
        online = figures(out / 'replay.json')
        offline = [*chosen, '--times', 'real', '--json', str(out / 'offline.json')]
        run('evaluate', bag, *offline, *options)
        same = figures(out / 'offline.json')
        trace = recorded_link(out / 'bag', out / 'recorded.csv')
        run('evaluate', bag, *offline, '--link', trace)
        recorded = figures(out / 'offline.json')
    named = {'policy': policy, 'link': link}
    return [
        {**named, 'replay': name, **shown(found), **apart(found, online)}
        for name, found in (('online', online), ('offline', same), ('recorded link', recorded))
    ]


def recorded_link(bag: Path, path: Path) -> str:
    """Write the link that the head measured, from the first result on."""
    from edge_exit.evaluation.bags.bag import Bag
    from edge_exit.evaluation.bags.links import INFERENCE, link_of
    from edge_exit.link.traces import write_trace

    with Bag(str(bag)) as opened:
        first = next(opened.messages(set(opened.of_type(INFERENCE)))).time
    write_trace(path, link_of(str(bag), first))
    return str(path)


def shown(values: dict) -> dict:
    return {name: values[name] for name in COMPARED}


def apart(one: dict, other: dict) -> dict:
    shares = [[run[name] / run['frames_taken'] for name in OUTCOMES] for run in (one, other)]
    return {
        'latency_ratio': ratio(one, other, 'latency_ms_mean'),
        'bytes_ratio': ratio(one, other, 'bytes_per_frame'),
        'outcomes_apart': round(sum(abs(a - b) for a, b in zip(*shares, strict=True)) / 2, 3),
    }


def ratio(one: dict, other: dict, name: str) -> float:
    return round(one[name] / other[name], 3) if other[name] else float(one[name] == other[name])


def figures(path: Path) -> dict:
    return json.loads(path.read_text())['runs'][0]['figures']


def run(*command: str) -> None:
    line = [sys.executable, '-m', 'edge_exit.cli', *command]
    done = subprocess.run(line, capture_output=True, text=True, cwd=report.ROOT, check=False)
    if done.returncode:
        raise SystemExit(f'{" ".join(line)}\n{done.stdout}{done.stderr}')


if __name__ == '__main__':
    main()
