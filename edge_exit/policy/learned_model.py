"""The file of a learned policy: a small ONNX graph that scores candidates, and what they are."""

import json
import math
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from edge_exit.policy.energy import EnergyModel
from edge_exit.policy.learned_known import GIVEN, Known, given
from edge_exit.policy.operating_point import OperatingPoint

VERSION = 4
KEY = 'edge_exit'
INPUT, OUTPUTS = 'known', ('scores', 'allowed')
LARGEST = 1 << 24
MOST_CANDIDATES = 1024
# What is compared with the bounds of training, by the field of Known.
BOUNDED = ('goodput_bps', 'rtt', 'loss', 'jitter', 'head_slowdown', 'tail_slowdown', 'rate')


@dataclass(frozen=True, slots=True)
class LearnedModel:
    """A loaded policy with A candidates.

    :ivar model_id: bundle that it was trained for.
    :ivar bounds: lowest and highest value that it has seen, of each of BOUNDED.
    :ivar run: the graph: (names of outputs, inputs by name, None) to outputs.
    """

    model_id: str
    candidates: tuple[OperatingPoint, ...]
    bounds: dict[str, tuple[float, float]]
    run: Callable[..., list]

    def judge(self, known: Known, energy: EnergyModel) -> tuple[np.ndarray, np.ndarray]:
        """Give the score of each candidate, float32 (A,), and whether it is allowed, bool (A,)."""
        return tuple(self.run(OUTPUTS, {INPUT: given(known, energy)}, None))


def load(path: Path) -> LearnedModel:
    """Load a policy.

    :raises ValueError: if the file is no policy of this version.
    :raises OSError: if it cannot be read.
    """
    from edge_exit.inference.onnx_runtime import runner, session_of

    size = path.stat().st_size
    if size > LARGEST:
        raise ValueError(f'{size} bytes are more than {LARGEST}')
    content = path.read_bytes()
    try:
        session = session_of(content, 1)
    except Exception as error:  # the runtime has no common base of its errors
        raise ValueError(f'no ONNX graph: {str(error)[:120]}') from None
    about = json.loads(session.get_modelmeta().custom_metadata_map.get(KEY, 'null'))
    if not isinstance(about, dict) or about.get('version') != VERSION:
        raise ValueError(f'no learned policy of version {VERSION}')
    candidates = _candidates(about['candidates'])
    _check(session, len(candidates))
    bounds = {name: _bound(about['bounds'][name]) for name in BOUNDED}
    return LearnedModel(str(about['model_id']), candidates, bounds, runner(session))


def _check(session: Any, candidates: int) -> None:
    takes = {node.name: node.shape for node in session.get_inputs()}
    gives = {node.name: node.shape for node in session.get_outputs()}
    if takes != {INPUT: [1, GIVEN]} or gives != {name: [candidates] for name in OUTPUTS}:
        raise ValueError(f'it takes {takes} and gives {gives}')


def _candidates(columns: dict[str, list]) -> tuple[OperatingPoint, ...]:
    names = ('split', 'exit_threshold', 'codec_level', 'offload')
    rows = list(zip(*(columns[name] for name in names), strict=True))
    if not 0 < len(rows) <= MOST_CANDIDATES:
        raise ValueError(f'{len(rows)} candidates, not 1..{MOST_CANDIDATES}')
    return tuple(
        _point(int(split), float(threshold), int(level), bool(offload))
        for split, threshold, level, offload in rows
    )


def _point(split: int, threshold: float, level: int, offload: bool) -> OperatingPoint:
    if not (0 <= threshold <= 2 and split >= 0 and level >= 0):
        raise ValueError(f'candidate {split, threshold, level} is none')
    return OperatingPoint(split, threshold, 0.0, level, offload, policy='learned')


def _bound(values: Any) -> tuple[float, float]:
    low, high = (float(value) for value in values)
    if not (math.isfinite(low) and math.isfinite(high) and low <= high):
        raise ValueError(f'bounds {low}..{high} are none')
    return low, high
