"""Recordings of every kind, written without ROS, as short as a test needs them."""

from functools import cache
from pathlib import Path
from types import SimpleNamespace

import numpy as np
from rosbags.rosbag2 import CompressionFormat, CompressionMode, StoragePlugin, Writer
from rosbags.typesys import Stores, get_types_from_msg, get_typestore

ROOT = Path(__file__).resolve().parents[1]
START = 1_700_000_000 * 10**9
STEP = 50_000_000  # ns
# A camera stamps an image before it is recorded.
LATENCY = 9_000_000
OURS = 'edge_exit_interfaces/msg'
IMAGE, LABEL = 'sensor_msgs/msg/Image', f'{OURS}/Label'


@cache
def types():
    """Give the standard types and our own."""
    store = get_typestore(Stores.ROS2_JAZZY)
    for path in sorted((ROOT / 'edge_exit_interfaces' / 'msg').glob('*.msg')):
        store.register(get_types_from_msg(path.read_text(), f'{OURS}/{path.stem}'))
    return store


def header(stamp, frame='camera'):
    return make('std_msgs/msg/Header', stamp=time(stamp), frame_id=frame)


def time(nanoseconds):
    return make('builtin_interfaces/msg/Time', **dict(zip(('sec', 'nanosec'), divmod(
        nanoseconds, 10**9
    ), strict=True)))  # fmt: skip


def make(name, /, **values):
    """Make a message of a type; what is not given is 0, empty or absent."""
    store = types()
    return store.types[name](**{
        field: values[field] if field in values else _nothing(kind)
        for field, kind in store.fielddefs[name][1]
    })  # fmt: skip


def _nothing(kind):
    """Give the empty value of a field as rosbags describes it."""
    node, detail = kind
    if node.name == 'NAME':
        return make(detail)
    if node.name == 'BASE':
        return {'string': '', 'bool': False}.get(detail[0], 0)
    base = detail[0][1][0]
    if detail[0][0].name == 'NAME' or base == 'string':
        return []
    return np.zeros(0, base)


def image(index, *, size=(6, 8), encoding='bgr8'):
    """Make an image that is `index` all over, stamped a little before it is recorded."""
    height, width = size
    return make(
        IMAGE,
        header=header(START + index * STEP - LATENCY),
        height=height,
        width=width,
        encoding=encoding,
        step=3 * width,
        data=np.full(3 * height * width, index % 256, np.uint8),
    )


def images(frames, *, topic='/image', **options):
    """Give the rows of a bag of images; see `write_bag`."""
    return [(topic, START + n * STEP, IMAGE, image(n, **options)) for n in range(frames)]


def labels(frames, *, topic='/label', classes=3):
    """Label frame n as class n modulo `classes`."""
    return [
        (topic, START + n * STEP, LABEL, make(LABEL, header=header(START + n * STEP - LATENCY),
         class_id=n % classes, label=str(n % classes)))
        for n in range(frames)
    ]  # fmt: skip


def stamp(index):
    return START + index * STEP - LATENCY


def write_bag(path, rows, *, storage='mcap', compression=None, definitions=True):
    """Write a bag.

    :param rows: topic, time (ns), type name and message; a message of bytes is written as it is.
    :param compression: None, 'file', 'message' or 'storage'.
    :param definitions: whether the bag holds the definitions of its types.
    """
    writer = Writer(path, version=9, storage_plugin=StoragePlugin[storage.upper()])
    if compression:
        writer.set_compression(CompressionMode[compression.upper()], CompressionFormat.ZSTD)
    with writer:
        outputs = {}
        for topic, moment, name, message in sorted(rows, key=lambda row: row[1]):
            if topic not in outputs:
                empty = {} if definitions else {'msgdef': '', 'rihs01': 'RIHS01_' + '0' * 64}
                outputs[topic] = writer.add_connection(topic, name, typestore=types(), **empty)
            if not isinstance(message, bytes):
                message = types().serialize_cdr(message, name)
            writer.write(outputs[topic], moment, message)
    return path


def split_bag(path, rows, parts, **options):
    """Write a bag of several files, as `ros2 bag record --max-bag-duration` does."""
    import yaml

    rows = sorted(rows, key=lambda row: row[1])
    each = -(-len(rows) // parts)
    path.mkdir()
    together = None
    for part in range(parts):
        folder = write_bag(
            path.parent / f'{path.name}_{part}', rows[part * each :][:each], **options
        )
        about = yaml.safe_load((folder / 'metadata.yaml').read_text())
        about = about['rosbag2_bagfile_information']
        for name in about['relative_file_paths']:
            (folder / name).rename(path / name)
        if together is None:
            together = about
            continue
        together['relative_file_paths'] += about['relative_file_paths']
        together['files'] += about['files']
        together['message_count'] += about['message_count']
        last = about['starting_time']['nanoseconds_since_epoch'] + about['duration']['nanoseconds']
        first = together['starting_time']['nanoseconds_since_epoch']
        together['duration']['nanoseconds'] = last - first
    text = yaml.safe_dump({'rosbag2_bagfile_information': together})
    (path / 'metadata.yaml').write_text(text)
    return path


def storage_file(path):
    """Give the one file of a bag that holds its messages."""
    (file,) = [file for file in path.iterdir() if file.suffix in ('.mcap', '.db3')]
    return file


def cut(path, share):
    """Leave only the first part of a bag's file."""
    file = storage_file(path)
    file.write_bytes(file.read_bytes()[: int(share * file.stat().st_size)])
    return path


def bundle(**fields):
    """Stand in for a bundle where only names are asked for."""
    values = {'name': 'tiny', 'model_id': 'a' * 64, 'classes': ('0', '1', '2')}
    return SimpleNamespace(**(values | fields))


def write_old_inference(path, moment):
    """Write a result by a definition of Inference that has hardly any fields."""
    name = f'{OURS}/Inference'
    text = 'std_msgs/Header header\nstring head\nint32 class_id\n'
    store = get_typestore(Stores.ROS2_JAZZY)
    store.register(get_types_from_msg(text, name))
    with Writer(path, version=9, storage_plugin=StoragePlugin.MCAP) as writer:
        output = writer.add_connection('/robot/inference', name, typestore=store)
        message = store.types[name](header(moment), '/robot/head', 1)
        writer.write(output, moment, store.serialize_cdr(message, name))
