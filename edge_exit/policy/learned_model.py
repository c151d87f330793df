"""The file of a learned policy: a small ONNX graph that scores candidates, and what they are."""

import json
import math
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from edge_exit.policy.learned_inputs import FEATURES, GLOBALS, Candidates

VERSION = 1
KEY = 'edge_exit'
LARGEST = 1 << 24
# What is compared with the bounds of training, by the field of Known.
BOUNDED = ('goodput_bps', 'rtt', 'loss', 'jitter', 'head_slowdown', 'tail_slowdown', 'rate')


@dataclass(frozen=True, slots=True)
class LearnedModel:
    """A loaded policy.

    :ivar model_id: bundle that it was trained for.
    :ivar bounds: lowest and highest value that it has seen, of each of BOUNDED.
    """

    model_id: str
    candidates: Candidates
    bounds: dict[str, tuple[float, float]]
    session: Any

    def scores(self, features: np.ndarray, world: np.ndarray) -> np.ndarray:
        """Score candidates, (A, FEATURES) float32 in a world, (1, GLOBALS) float32; (A,)."""
        return self.session.run(None, {'features': features, 'world': world})[0][:, 0]


def load(path: Path) -> LearnedModel:
    """Load a policy.

    :raises ValueError: if the file is no policy of this version.
    :raises OSError: if it cannot be read.
    """
    from edge_exit.inference.onnx_runtime import session_of

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
    _check(session)
    bounds = {name: _bound(about['bounds'][name]) for name in BOUNDED}
    candidates = Candidates.from_json(about['candidates'])
    return LearnedModel(str(about['model_id']), candidates, bounds, session)


def _check(session: Any) -> None:
    found = {node.name: node.shape[-1] for node in session.get_inputs()}
    if found != {'features': FEATURES, 'world': GLOBALS} or len(session.get_outputs()) != 1:
        raise ValueError(f'it takes {found}, not {FEATURES} features and {GLOBALS} of the world')


def _bound(values: Any) -> tuple[float, float]:
    low, high = (float(value) for value in values)
    if not (math.isfinite(low) and math.isfinite(high) and low <= high):
        raise ValueError(f'bounds {low}..{high} are none')
    return low, high
