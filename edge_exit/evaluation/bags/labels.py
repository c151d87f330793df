"""The true classes of recorded images: from a topic of the bag, or from a CSV file beside it."""

from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

from edge_exit.errors import ConfigError
from edge_exit.evaluation.bags.bag import Bag
from edge_exit.evaluation.bags.label_file import labels_in
from edge_exit.evaluation.heard import nanoseconds

LABEL = 'edge_exit_interfaces/msg/Label'


def labels_of(
    bag: str, labels: str | None, classes: Sequence[str], topic: str | None = None
) -> tuple[dict[int, int], list[str]]:
    """Read the true classes of a bag's images.

    :param labels: CSV file or topic; None for the bag's own label topic, if it has one.
    :param classes: names of the classes.
    :param topic: of the images, for a CSV file that numbers or times them.
    :returns: class by stamp of the image, ns; and what a reader of the result must know.
    :raises ConfigError: if the labels are not there, or one of them is no class.
    """
    if labels is not None and (labels.endswith('.csv') or Path(labels).is_file()):
        return labels_in(Path(labels), bag, classes, topic)
    with Bag(bag) as opened:
        chosen = _label_topic(opened, labels)
        if chosen is None:
            return {}, []
        found, wrong = {}, 0
        for recorded in opened.messages({chosen}):
            stamp, class_id = opened.understood(recorded, _stamp_and_class)
            if 0 <= class_id < len(classes):
                found[stamp] = class_id
            else:
                wrong += 1
    if wrong and not found:
        raise ConfigError(
            f'bag "{bag}": none of the {wrong} labels on {chosen} is one of the '
            f'{len(classes)} classes of the bundle: are they of another model?'
        )
    return found, [f'labels that are none of the {len(classes)} classes: {wrong}'] if wrong else []


def without_label(stamps: Iterable[int], labels: dict[int, int]) -> list[str]:
    """Say how many frames of a labelled bag have no label; nothing if all or none have one."""
    missing = sum(stamp not in labels for stamp in stamps)
    return [f'frames without a label: {missing}'] if labels and missing else []


def _label_topic(bag: Bag, labels: str | None) -> str | None:
    topics = bag.of_type(LABEL)
    there = f'label topics: {", ".join(topics)}' if topics else 'it has none'
    if labels is None and len(topics) > 1:
        raise ConfigError(f'bag "{bag.path}": which topic has the labels? ({there})')
    if labels is not None and labels not in topics:
        raise ConfigError(f'bag "{bag.path}" has no labels on the topic "{labels}" ({there})')
    return labels or (topics[0] if topics else None)


def _stamp_and_class(message: Any) -> tuple[int, int]:
    return nanoseconds(message.header.stamp), message.class_id
