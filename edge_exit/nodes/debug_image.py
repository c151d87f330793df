"""The debug image: what the robot saw, with what it says about it drawn in."""

import cv2
import numpy as np

from edge_exit_interfaces.msg import Inference

_COLORS = {  # BGR
    Inference.EXITED: (80, 200, 80),
    Inference.OFFLOADED: (230, 160, 40),
    Inference.FALLBACK: (60, 90, 230),
}
_NAMES = {
    Inference.EXITED: 'exited',
    Inference.OFFLOADED: 'offloaded',
    Inference.FALLBACK: 'fallback',
}
_BLACK = (0, 0, 0)
# Text of a 640 pixels wide image has scale 0.7; smaller images are enlarged first.
_WIDTH_OF_SCALE_ONE = 900
_LEAST_WIDTH = 320


def draw(image: np.ndarray, result: Inference) -> np.ndarray:
    """Draw label, exit, outcome and time of a result into a copy of its image.

    :param image: uint8 (H, W, 3) in BGR order or (H, W) grey.
    :returns: uint8 (H', W', 3) in BGR order, at least 320 pixels wide.
    """
    drawn = cv2.cvtColor(image, cv2.COLOR_GRAY2BGR) if image.ndim == 2 else image.copy()
    if drawn.shape[1] < _LEAST_WIDTH:
        factor = -(-_LEAST_WIDTH // drawn.shape[1])
        drawn = cv2.resize(drawn, None, fx=factor, fy=factor, interpolation=cv2.INTER_NEAREST)
    scale = drawn.shape[1] / _WIDTH_OF_SCALE_ONE
    for line, text in enumerate(_lines(result)):
        place = (round(16 * scale), round(38 * scale * (line + 1)))
        _write(drawn, text, place, scale, _COLORS.get(result.outcome, (255, 255, 255)))
    return drawn


def _lines(result: Inference) -> list[str]:
    return [
        f'{result.label or "?"} {100 * result.score:.0f} %',
        f'{_NAMES.get(result.outcome, "?")} at exit {result.exit} ({result.reason})',
        f'{result.total_ms:.1f} ms',
    ]


def _write(image: np.ndarray, text: str, place: tuple, scale: float, color: tuple) -> None:
    # OpenCV's fonts are ASCII; the outline keeps the text readable on any ground.
    text = text.encode('ascii', 'replace').decode()
    for ink, width in ((_BLACK, 5), (color, 2)):
        thickness = max(1, round(width * scale))
        cv2.putText(
            image, text, place, cv2.FONT_HERSHEY_SIMPLEX, scale, ink, thickness, cv2.LINE_AA
        )
