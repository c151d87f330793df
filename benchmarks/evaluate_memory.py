"""What `edge_exit evaluate` holds in memory of a bag that is larger than memory should be.

Writes a bag of raw camera images, evaluates it in a process of its own, and reads the most that
this process ever held resident. The bag is deleted afterwards.
"""

import argparse
import os
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import numpy as np
import report
from rosbags.rosbag2 import StoragePlugin, Writer
from rosbags.typesys import Stores, get_typestore

HEIGHT, WIDTH, HZ = 480, 640, 15
PICTURES = 64
IMAGE = 'sensor_msgs/msg/Image'


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument('--gigabytes', type=float, nargs='+', default=[0.1, 10.0])
    parser.add_argument('--storage', nargs='+', default=['mcap'], choices=('mcap', 'sqlite3'))
    parser.add_argument('--bundle', default='cifar10')
    parser.add_argument('--folder', type=Path, default=Path(tempfile.gettempdir()))
    arguments = parser.parse_args()
    rows = [
        evaluated(arguments.folder, size, storage, arguments.bundle)
        for storage in arguments.storage
        for size in arguments.gigabytes
    ]
    report.write('evaluate_memory', rows, bundle=arguments.bundle, to_reach={'resident_mb': 500})


def evaluated(folder: Path, gigabytes: float, storage: str, bundle: str) -> dict:
    bag = folder / f'evaluate_memory_{storage}'
    shutil.rmtree(bag, ignore_errors=True)
    try:
        frames = write_bag(bag, gigabytes, storage)
        began = time.monotonic()
        resident_mb = most_resident(
            sys.executable, '-m', 'edge_exit.cli', 'evaluate', str(bag), '--bundle', bundle,
            '--policy', 'static', '--link', '20',
        )  # fmt: skip
        took = time.monotonic() - began
    finally:
        shutil.rmtree(bag, ignore_errors=True)
    return {
        'storage': storage,
        'gigabytes': gigabytes,
        'images': frames,
        'resident_mb': round(resident_mb, 1),
        'seconds': round(took, 1),
        'times_real_time': round(frames / HZ / took, 1),
    }


def most_resident(*command: str) -> float:
    """Run a command, and give the most that it ever held resident, MB."""
    silent = {'stdout': subprocess.DEVNULL, 'stderr': subprocess.DEVNULL}
    process = subprocess.Popen(command, cwd=report.ROOT, **silent)
    _, status, used = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode:
        raise SystemExit(f'{" ".join(command)} ended with {process.returncode}')
    return used.ru_maxrss * 1024 / 1e6


def write_bag(path: Path, gigabytes: float, storage: str) -> int:
    """Write images of noise, which no storage makes smaller; gives their number."""
    types = get_typestore(Stores.ROS2_JAZZY)
    random = np.random.default_rng(0)
    size = HEIGHT * WIDTH * 3
    pictures = random.integers(0, 256, (PICTURES, size), np.uint8)
    frames = int(gigabytes * 1e9 / size)
    header, moment = types.types['std_msgs/msg/Header'], types.types['builtin_interfaces/msg/Time']
    with Writer(path, version=9, storage_plugin=StoragePlugin[storage.upper()]) as writer:
        output = writer.add_connection('/image', IMAGE, typestore=types)
        for index in range(frames):
            time_ns = 10**18 + index * 10**9 // HZ
            stamp = moment(*divmod(time_ns, 10**9))
            image = types.types[IMAGE](
                header(stamp, 'camera'), HEIGHT, WIDTH, 'bgr8', 0, 3 * WIDTH,
                pictures[index % PICTURES],
            )  # fmt: skip
            writer.write(output, time_ns, types.serialize_cdr(image, IMAGE))
    return frames


if __name__ == '__main__':
    main()
