"""How fast `edge_exit evaluate` is: a bag of CIFAR-10 pictures at 15 Hz, on one core.

The whole command is timed, as a user types it: Python starts, the bundle loads, JSON is written. Of
some runs the fastest counts: the others tell what else the machine did.
"""

import argparse
import json
import os
import resource
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import cv2
import numpy as np
import report

sys.path.insert(0, str(report.ROOT / 'test'))

from bags import LABEL, header, make, write_bag

RATE_HZ = 15
SECONDS = 300
POLICIES = ('static', 'dynamic_split', 'energy_aware', 'learned')
START = 1_700_000_000 * 10**9
IMAGE = 'sensor_msgs/msg/Image'


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument('--data', type=Path, default=report.SHARED / 'cifar10')
    parser.add_argument('--seconds', type=int, default=SECONDS, help='length of the bag')
    parser.add_argument('--policies', nargs='+', default=POLICIES)
    parser.add_argument('--repeats', type=int, default=3)
    arguments = parser.parse_args()
    os.sched_setaffinity(0, {min(os.sched_getaffinity(0))})
    with tempfile.TemporaryDirectory() as folder:
        bag = write_bag(Path(folder) / 'bag', rows(arguments.data, arguments.seconds * RATE_HZ))
        measured = [
            min(
                (measure(bag, policy, Path(folder)) for _ in range(arguments.repeats)),
                key=lambda row: row['wall_s'],
            )
            for policy in arguments.policies
        ]
    report.write(
        'evaluate_speed',
        measured,
        bundle='cifar10',
        rate_hz=RATE_HZ,
        seconds=arguments.seconds,
        cores=1,
        repeats=arguments.repeats,
        to_reach={'times_real_time': 20},
    )


def rows(data: Path, frames: int) -> list[tuple]:
    """Give labels and images of a bag, as `write_bag` takes them."""
    sheet = cv2.imread(str(data / 'test_0.webp'))
    tiles = sheet.reshape(-1, 32, 100, 32, 3).transpose(0, 2, 1, 3, 4).reshape(-1, 32, 32, 3)
    classes = np.load(data / 'test_labels.npy')
    found = []
    for index in range(frames):
        at = START + index * 10**9 // RATE_HZ
        label, picture = int(classes[index % len(tiles)]), tiles[index % len(tiles)]
        found.append(('/label', at, LABEL, make(LABEL, header=header(at), class_id=label)))
        image = make(
            IMAGE, header=header(at), height=32, width=32, encoding='bgr8', step=96,
            data=np.ascontiguousarray(picture).ravel(),
        )  # fmt: skip
        found.append(('/image', at, IMAGE, image))
    return found


def measure(bag: Path, policy: str, folder: Path) -> dict:
    out = folder / 'found.json'
    command = [
        sys.executable, '-m', 'edge_exit.cli', 'evaluate', str(bag), '--bundle', 'cifar10',
        '--policy', policy, '--link', '5', '--robot-slowdown', '8', '--json', str(out),
    ]  # fmt: skip
    before, start = _processor_time(), time.monotonic()
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL)
    wall, processor = time.monotonic() - start, _processor_time() - before
    (run,) = json.loads(out.read_text())['runs']
    figures = run['figures']
    return {
        'policy': policy,
        'offloaded': figures['offloaded'] / figures['frames_taken'],
        'accuracy': figures['accuracy'],
        'wall_s': wall,
        'processor_s': processor,
        'times_real_time': run['duration_s'] / wall,
        'times_real_time_of_processor': run['duration_s'] / processor,
    }


def _processor_time() -> float:
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


if __name__ == '__main__':
    main()
