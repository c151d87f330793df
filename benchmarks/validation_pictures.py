"""Write the pictures that a training held out, to calibrate bundles on and to measure on.

python benchmarks/validation_pictures.py DATA OUT [--validation 0.1] [--seed 0] [--size SIZE]

DATA and the options are those of that `edge_exit train`; OUT gets a folder of PNG for each class.
Left to itself, SIZE is that of the pictures.
"""

import argparse
from pathlib import Path

import cv2

from edge_exit.training import material
from edge_exit.training.config import TrainConfig


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument('data')
    parser.add_argument('out', type=Path)
    parser.add_argument('--validation', type=float, default=TrainConfig.validation)
    parser.add_argument('--seed', type=int, default=TrainConfig.seed)
    parser.add_argument('--size', type=int)
    args = parser.parse_args()
    config = TrainConfig(
        data=args.data, out='', validation=args.validation, seed=args.seed, size=args.size
    )
    _, held = material.load_pictures(config)
    for index, (image, label) in enumerate(zip(held.images, held.labels, strict=True)):
        written = args.out / held.classes[label] / f'{index:05}.png'
        written.parent.mkdir(parents=True, exist_ok=True)
        cv2.imwrite(str(written), image[:, :, ::-1] if image.shape[2] == 3 else image)
    print(f'{len(held.labels)} pictures of {len(held.classes)} classes: {args.out}')


if __name__ == '__main__':
    main()
