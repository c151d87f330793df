"""What is known of a bag's images: their true classes, or else what the whole network answers."""

from collections.abc import Callable, Iterator

import numpy as np

from edge_exit.bundle import Bundle
from edge_exit.errors import ConfigError, ImageError
from edge_exit.evaluation.bags.camera import Camera
from edge_exit.evaluation.bags.labels import labels_of, without_label
from edge_exit.inference.onnx_runtime import OnnxBackbone
from edge_exit.inference.preprocess import picture_from
from edge_exit.replay.replaying import Known

_BATCH = 16


def known_of(
    camera: Camera,
    labels: str | None,
    bundle: Bundle,
    *,
    always: bool = False,
    seen: Callable[[], None] = lambda: None,
) -> Known:
    """Read the labels; without any, ask the network without exits.

    :param labels: CSV file or topic; None for the bag's own, if it has some.
    :param always: ask the network where there are labels, too.
    :param seen: called after each image.
    :raises ConfigError: if the labels that are named are not there, or belong to no image.
    """
    found, notes = labels_of(camera.bag, labels, bundle.classes, camera.topic)
    stamps = {stamp for _, stamp in camera.stamps()} if found else set()
    if stamps & found.keys():
        notes = (*notes, *without_label(stamps, found))
        return Known(found, dict(_answers(camera, bundle, seen)) if always else {}, notes)
    if found and labels:
        raise ConfigError(
            f'none of the {len(found)} labels of {labels} belongs to an image of {camera.topic} '
            f'in bag "{camera.bag}": both must have the same stamps'
        )
    if found:
        notes = (*notes, 'the labels in the bag are of other images')
    return Known({}, dict(_answers(camera, bundle, seen)), tuple(notes))


def _answers(camera: Camera, bundle: Bundle, seen: Callable[[], None]) -> Iterator[tuple[int, int]]:
    backbone, stamps, pictures = OnnxBackbone(bundle), [], []

    def answered() -> Iterator[tuple[int, int]]:
        if pictures:
            best = backbone.run(np.stack(pictures)).argmax(axis=1)
            yield from zip(stamps, map(int, best), strict=True)
            stamps.clear()
            pictures.clear()

    for _, stamp, image in camera.images():
        seen()
        try:
            pictures.append(picture_from(image, bundle.preprocessing))
        except ImageError:
            continue
        stamps.append(stamp)
        if len(pictures) == _BATCH:
            yield from answered()
    yield from answered()
