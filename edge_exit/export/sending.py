"""What sending costs: bytes and accuracy of each codec level at each split, JPEG qualities."""

import numpy as np

from edge_exit.bundle import Bundle
from edge_exit.coding import Coding, decode, encode
from edge_exit.inference.belief import first_rows
from edge_exit.inference.network import SegmentedNetwork
from edge_exit.inference.split_codec import SplitCodec
from edge_exit.training.pictures import Pictures

QUALITIES = (95, 90, 80, 70, 60, 50, 40, 30, 20, 10)
# Accuracy that the pictures of level 1, the default, may lose to JPEG.
MOST_LOSS = 0.005
# How many qualities better those of level 0 are; each level after 1 is one worse.
_FINER = 2
_CHUNK = 100


def choose_qualities(bundle: Bundle, pictures: Pictures) -> list[int]:
    """Choose the JPEG quality of each codec level: at level 1 the smallest that will do.

    :param pictures: of the size that the network takes.
    """
    network, images = SegmentedNetwork(bundle), pictures.images

    def accuracy(sent: np.ndarray) -> float:
        beliefs = first_rows(len(sent), len(bundle.classes))
        chunks = (slice(at, at + _CHUNK) for at in range(0, len(sent), _CHUNK))
        said = [_finish(network, 0, sent[chunk], beliefs[chunk]) for chunk in chunks]
        return float((np.concatenate(said) == pictures.labels).mean())

    wanted = accuracy(images) - MOST_LOSS
    upwards = range(len(QUALITIES) - 1, 0, -1)
    fits = (place for place in upwards if accuracy(_as_jpeg(images, QUALITIES[place])) >= wanted)
    steps = np.array([-_FINER, *range(len(bundle.codec_levels) - 1)])
    places = np.clip(next(fits, 0) + steps, 0, len(QUALITIES) - 1)
    return [QUALITIES[place] for place in places]


def measure(bundle: Bundle, pictures: Pictures) -> list[dict]:
    """Send pictures at each split with each codec level, and let the rest of the network answer.

    :param pictures: of the size that the network takes.
    :returns: for each split `bytes` (mean) and `accuracy` of each codec level.
    """
    every = range(len(bundle.splits))
    network, codec = SegmentedNetwork(bundle), SplitCodec(bundle, encodes=every, decodes=every)
    sizes = np.zeros((len(every), len(bundle.codec_levels)))
    right = np.zeros_like(sizes)
    for start in range(0, len(pictures), _CHUNK):
        chunk = slice(start, start + _CHUNK)
        values, wanted = pictures.images[chunk], pictures.labels[chunk]
        beliefs = first_rows(len(values), len(bundle.classes))
        for split in every:
            for level in range(len(bundle.codec_levels)):
                sent = [codec.encode(split, level, values[i : i + 1]) for i in range(len(values))]
                received = np.concatenate([codec.decode(split, coded) for coded in sent])
                sizes[split, level] += sum(coded.nbytes for coded in sent)
                right[split, level] += (_finish(network, split, received, beliefs) == wanted).sum()
            values, beliefs = network.run(split, values, beliefs)
    sizes, right = np.ceil(sizes / len(pictures)).astype(int), (right / len(pictures)).round(5)
    return [{'bytes': sizes[s].tolist(), 'accuracy': right[s].tolist()} for s in every]


def _finish(
    network: SegmentedNetwork, split: int, values: np.ndarray, beliefs: np.ndarray
) -> np.ndarray:
    """Give the classes that the network believes in the end."""
    for index in range(split, len(network.bundle.segments)):
        values, beliefs = network.run(index, values, beliefs)
    return beliefs[:, :-1].argmax(axis=1)


def _as_jpeg(pictures: np.ndarray, quality: int) -> np.ndarray:
    sent = (encode(picture, Coding.JPEG, quality=quality) for picture in pictures)
    return np.stack([decode(coded, shape=pictures.shape[1:]) for coded in sent])
