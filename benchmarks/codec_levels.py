"""What each codec level costs and loses on real features: bytes, time, and the answers it changes.

    python benchmarks/codec_levels.py [--bundle fashion_mnist]

The pictures are those of the demo's recording; a level loses what it makes wrong beyond raw.
"""

import argparse
import time
from importlib.resources import files
from statistics import median

import cv2
import numpy as np
import report
from rclpy.serialization import deserialize_message
from sensor_msgs.msg import CompressedImage

from edge_exit import bundle as bundles
from edge_exit.evaluation.bags.bag import Bag
from edge_exit.inference.belief import Belief, first
from edge_exit.inference.network import SegmentedNetwork
from edge_exit.inference.preprocess import picture_from
from edge_exit.inference.split_codec import SplitCodec
from edge_exit_interfaces.msg import Label


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument('--bundle', default='fashion_mnist')
    bundle = bundles.load(parser.parse_args().bundle)
    network = SegmentedNetwork(bundle)
    codec = SplitCodec(bundle, encodes=network.splits, decodes=network.splits)
    frames = _frames(bundle.preprocessing)
    rows = [
        _row(bundle, network, codec, frames, split, level)
        for split in network.splits
        for level in range(len(bundle.codec_levels))
    ]
    report.write('codec_levels', rows, threads=1, bundle=bundle.name, pictures=len(frames))


def _frames(preprocessing) -> list[tuple[np.ndarray, int]]:
    bag = Bag(str(files('edge_exit') / 'demo' / 'bag'))
    types = bag.types
    images, labels = [], []
    for recorded in bag.messages(set(types)):
        if types[recorded.topic].endswith('Label'):
            labels.append(deserialize_message(recorded.serialised, Label).class_id)
        else:
            data = deserialize_message(recorded.serialised, CompressedImage).data
            image = cv2.imdecode(np.frombuffer(data, np.uint8), cv2.IMREAD_UNCHANGED)
            images.append(picture_from(image, preprocessing))
    bag.close()
    return list(zip(images, labels, strict=True))


def _row(bundle, network, codec: SplitCodec, frames, split: int, level: int) -> dict:
    right, same, sizes, encoding, decoding = 0, 0, [], [], []
    for picture, label in frames:
        belief, features = _run(bundle, network, picture[np.newaxis], range(split), None)
        start = time.perf_counter()
        coded = codec.encode(split, level, features)
        encoded = time.perf_counter()
        back = codec.decode(split, coded)
        decoded = time.perf_counter()
        sizes.append(len(coded.data) + 4 * (len(coded.scale) + len(coded.offset)))
        encoding.append(encoded - start)
        decoding.append(decoded - encoded)
        rest = range(split, len(bundle.segments))
        answer = int(_run(bundle, network, back, rest, belief)[0].posterior.argmax())
        whole = int(_run(bundle, network, features, rest, belief)[0].posterior.argmax())
        right += answer == label
        same += answer == whole
    return {
        'split': split,
        'level': bundle.codec_levels[level].name,
        'shape': 'x'.join(map(str, features.shape[1:])),
        'bytes': round(median(sizes)),
        'share_of_raw': round(median(sizes) / features[0].nbytes, 3),
        'encode_ms': round(1e3 * median(encoding), 3),
        'decode_ms': round(1e3 * median(decoding), 3),
        'accuracy': round(right / len(frames), 4),
        'same_answer_as_raw': round(same / len(frames), 4),
    }


def _run(bundle, network: SegmentedNetwork, x, segments: range, belief):
    """Run some segments; give the belief after them and what they hand on."""
    belief = belief or first(len(bundle.classes))
    for index in segments:
        x, believed = network.run(index, x, belief.row[np.newaxis])
        belief = Belief(believed[0])
    return belief, x


if __name__ == '__main__':
    main()
