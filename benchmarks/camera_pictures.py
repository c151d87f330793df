"""Write labelled pictures as the camera of the live links shows them, to calibrate a bundle on.

python benchmarks/camera_pictures.py FOLDER OUT

FOLDER holds one folder of pictures for each class; OUT gets the same, 640x480, as PNG.
"""

import argparse
from pathlib import Path

import cv2
from camera_bag import camera_image

# More takes far longer and saves little.
COMPRESSION = [cv2.IMWRITE_PNG_COMPRESSION, 1]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument('folder', type=Path)
    parser.add_argument('out', type=Path)
    args = parser.parse_args()
    for path in sorted(args.folder.glob('*/*')):
        picture = cv2.imread(str(path))
        if picture is None:
            raise SystemExit(f'"{path}" is no picture')
        written = args.out / path.parent.name / f'{path.stem}.png'
        written.parent.mkdir(parents=True, exist_ok=True)
        cv2.imwrite(str(written), camera_image(picture), COMPRESSION)


if __name__ == '__main__':
    main()
