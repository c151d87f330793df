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
    """One way to code what is sent; level 0 of a bundle is the finest.

    :ivar coding: bits a value, as in the Features message.
    :ivar width: share of a bottleneck's channels that are sent, (0, 1]; None sends the features
        themselves, which is done where a split has no bottleneck, too.
    """

    name: str
    coding: int
    width: float | None = None


@dataclass(frozen=True, slots=True)
class Bottleneck:
    """A learned encoder and decoder that make the features at a split small.

    :ivar encoder: file name of its ONNX graph: features to code.
    :ivar decoder: file name of its ONNX graph: code to features.
    :ivar shape: the code, (channels, height, width); its first channels are the most important.
    :ivar encoder_macs, decoder_macs: multiply-accumulate operations for one picture.
    """

    encoder: str
    decoder: str
    shape: tuple[int, int, int]
    encoder_macs: int
    decoder_macs: int

    def channels(self, width: float) -> int:
        """Give the channels that a share of them is, at least one."""
        return max(1, round(width * self.shape[0]))


@dataclass(frozen=True, slots=True)
class Split:
    """A cut point that a head can offload at; at split 0 the picture is sent.

    :ivar split: number of segments that run before it.
    :ivar shape: features that are sent, without the batch axis; (height, width, channels) at 0.
    :ivar bytes: mean bytes that are sent, one number for each codec level.
    :ivar accuracy: of the whole network on validation pictures that are sent here, [0, 1], one for
        each codec level; None where it was not measured.
    :ivar quality: of JPEG, for each codec level; empty but at split 0.
    :ivar encode_ms, decode_ms: time that coding and decoding one picture take, bottleneck included,
        on one thread, for each codec level; empty where it was not measured.
    """

    split: int
    shape: tuple[int, ...]
    bytes: tuple[int, ...]
    accuracy: tuple[float | None, ...] = ()
    bottleneck: Bottleneck | None = None
    quality: tuple[int, ...] = ()
    encode_ms: tuple[float, ...] = ()
    decode_ms: tuple[float, ...] = ()


@dataclass(frozen=True, slots=True)
class Bundle:
    """A trained model whose files have been checked.

    :ivar model_id: hash of everything that decides answers, 64 hex digits.
    :ivar splits: cut points 0..n-1 of n segments, by the number of segments before them.
    :ivar architecture: what the torch network is rebuilt from; empty where that is not possible.
    :ivar weights: file name of all weights (safetensors).
    :ivar policy: file name of the learned policy (ONNX); empty if it has none.
    :ivar outcomes: file name of its outcome table (npz); empty if it has none.
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
    policy: str = ''
    outcomes: str = ''

    def split_at(self, split: int) -> Split:
        """Give the cut point after that many segments.

        :raises BundleError: if nothing can be sent there.
        """
        if not 0 <= split < len(self.splits):
            raise BundleError(
                f'split {split} does not exist in bundle "{self.name}" '
                f'(splits: 0..{len(self.splits) - 1})'
            )
        return self.splits[split]
