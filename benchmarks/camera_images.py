"""How right exits and the whole network are on pictures as they are, and as a camera shows them.

    python benchmarks/camera_images.py FOLDER NAME=BUNDLE [NAME=BUNDLE ...]

FOLDER holds one folder of pictures for each class. A camera's image is 640x480 (as on the live
links), of which the head cuts the middle and makes it smaller: the same picture, but sharper than
the small one enlarged, as the networks have learned from.
"""

import argparse
from collections.abc import Callable
from pathlib import Path

import numpy as np
import report
from camera_bag import camera_image
from pairs import named_bundles

from edge_exit.evaluation import labelled
from edge_exit.evaluation.observing import observe

SHOWN: dict[str, Callable[[np.ndarray], np.ndarray]] = {
    'as they are': labelled.as_it_is,
    'by a camera': camera_image,
}
_BATCH = 32


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument('folder', type=Path)
    parser.add_argument('bundles', nargs='+', metavar='NAME=BUNDLE')
    args = parser.parse_args()
    rows, models = [], {}
    for name, bundle in named_bundles(args.bundles):
        files = labelled.labelled_files(args.folder, bundle)
        models[name] = {'model_id': bundle.model_id, 'pictures': len(files)}
        for how, shown in SHOWN.items():
            observed = observe(bundle, labelled.batches(files, bundle, size=_BATCH, shown=shown))
            early = enumerate(observed.own_right.mean(axis=0)[:-1])
            right = {f'exit_{index}': float(share) for index, share in early}
            rows.append(
                {'network': name, 'pictures': how, **right, 'whole': observed.whole_accuracy}
            )
    report.write('camera_images', rows, threads=1, networks=models)


if __name__ == '__main__':
    main()
