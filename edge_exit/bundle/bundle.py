"""What a bundle says about its model."""

from dataclasses import dataclass, field
from pathlib import Path

from edge_exit.errors import BundleError


@dataclass(frozen=True, slots=True)
class Preprocessing:
    """The picture that the network takes, and how a camera image becomes one.

    :ivar channels: 3 for RGB, 1 for grey.
    :ivar fit: 'crop' cuts the middle to the picture's aspect ratio, 'stretch' distorts.
    """

    height: int
    width: int
    channels: int
    fit: str


@dataclass(frozen=True, slots=True)
class Exit:
    """The small classifier after a segment; that of the last segment is the backbone's own.

    :ivar macs: multiply-accumulate operations of this exit alone, for one picture.
    :ivar temperature: T_i that its logits are divided by.
    :ivar accuracy: of this exit's own prediction on the validation pictures, [0, 1].
    """

    macs: int
    temperature: float
    accuracy: float


@dataclass(frozen=True, slots=True)
class Segment:
    """A piece of the backbone with the exit after it: the smallest thing that runs.

    :ivar graph: file name of its ONNX graph.
    :ivar macs: multiply-accumulate operations for one picture, its exit not counted.
    :ivar parameters: numbers in its weights, those of its exit included.
    :ivar output_shape: features that it gives, without the batch axis; None for the last segment.
    :ivar reference_ms: time that segment and exit took at export, one picture, one thread.
    """

    index: int
    graph: str
    macs: int
    parameters: int
    output_shape: tuple[int, ...] | None
    exit: Exit
    reference_ms: float


@dataclass(frozen=True, slots=True)
class Backbone:
    """The same backbone without exits, as one graph: what early exits are compared with.

    :ivar accuracy: of its prediction on the validation pictures, [0, 1].
    """

    graph: str
    macs: int
    parameters: int
    reference_ms: float
    accuracy: float


@dataclass(frozen=True, slots=True)
class CodecLevel:
    """One way to code features; level 0 of a bundle is the finest.

    :ivar coding: bits a value, as in the Features message.
    """

    name: str
    coding: int


@dataclass(frozen=True, slots=True)
class Split:
    """A cut point that a head can offload at.

    :ivar split: number of segments that run before it.
    :ivar shape: features that are sent, without the batch axis.
    :ivar bytes: mean bytes of the coded features, one number for each codec level.
    """

    split: int
    shape: tuple[int, ...]
    bytes: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Bundle:
    """A trained model whose files have been checked.

    :ivar model_id: hash of everything that decides answers, 64 hex digits.
    :ivar splits: cut points 1..n-1 of n segments, in order.
    :ivar architecture: what the torch network is rebuilt from; empty where that is not possible.
    :ivar weights: file name of all weights (safetensors).
    """

    name: str
    path: Path
    model_id: str
    classes: tuple[str, ...]
    preprocessing: Preprocessing
    segments: tuple[Segment, ...]
    backbone: Backbone
    codec_levels: tuple[CodecLevel, ...]
    splits: tuple[Split, ...]
    weights: str
    metrics: dict = field(default_factory=dict)
    architecture: dict = field(default_factory=dict)

    def split_at(self, split: int) -> Split:
        """Give the cut point after that many segments.

        :raises BundleError: if features cannot be sent there.
        """
        if not 1 <= split <= len(self.splits):
            raise BundleError(
                f'split {split} does not exist in bundle "{self.name}" '
                f'(splits: 1..{len(self.splits)})'
            )
        return self.splits[split - 1]
