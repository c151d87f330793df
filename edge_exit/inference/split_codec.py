"""What is sent at a split, to bytes and back: a picture, features, or a bottleneck's code of them.

The one way to code for whoever sends, receives or measures.
"""

from collections.abc import Iterable
from dataclasses import replace

import numpy as np

from edge_exit.bundle import Bundle, Split
from edge_exit.coding import CodedFeatures, Coding, decode, encode
from edge_exit.errors import CodecError
from edge_exit.inference.bottleneck import open_decoder, open_encoder


class SplitCodec:
    """Codes at the splits of a bundle; encoders and decoders are loaded and warm.

    :param encodes: splits to encode at; where one has a bottleneck, its encoder is loaded.
    :param decodes: splits to decode at; where one has a bottleneck, its decoder is loaded.
    :param threads: threads that one run of an encoder or decoder may use.
    :raises BundleError: if an encoder or decoder is not what the manifest says.
    """

    def __init__(
        self,
        bundle: Bundle,
        *,
        encodes: Iterable[int] = (),
        decodes: Iterable[int] = (),
        threads: int = 1,
    ) -> None:
        self._bundle = bundle
        self._encoders = {
            split.split: open_encoder(bundle, split, threads=threads)
            for split in _with_bottleneck(bundle, encodes)
        }
        self._decoders = {
            split.split: open_decoder(bundle, split, threads=threads)
            for split in _with_bottleneck(bundle, decodes)
        }

    def encode(self, split: int, level: int, values: np.ndarray) -> CodedFeatures:
        """Code what is sent of one frame.

        A level with a width codes the features themselves where a split has no bottleneck.

        :param level: index of the codec level.
        :param values: float32 features at the split, of the batch's axis one picture; uint8
            (1, H, W, C) at split 0.
        :raises CodecError: if they cannot be coded.
        """
        cut, how = self._bundle.splits[split], self._bundle.codec_levels[level]
        if split == 0:
            return encode(values[0], Coding.JPEG, quality=cut.quality[level])
        if how.width is None or cut.bottleneck is None:
            return encode(values[0], how.coding)
        width = cut.bottleneck.channels(how.width)
        code = self._encoders[split].run(values)[0]
        return replace(encode(code[:width], how.coding), width=width)

    def decode(self, split: int, coded: CodedFeatures) -> np.ndarray:
        """Give back what the next segment takes; trusts nothing.

        :returns: float32 (1, ...) features, or uint8 (1, H, W, C) at split 0.
        :raises CodecError: if this is not the coded form of what is sent at the split; nothing of
            a size that the sender chose is allocated before.
        """
        cut = self._bundle.splits[split]
        if (coded.coding == Coding.JPEG) != (split == 0):
            raise CodecError(f'coding {coded.coding} at split {split}: JPEG is for split 0 alone')
        if not coded.width:
            return decode(coded, shape=cut.shape)[np.newaxis]
        channels = cut.bottleneck.shape[0] if cut.bottleneck else 0
        if not 0 < coded.width <= channels:
            raise CodecError(f'{coded.width} channels of a code that has {channels} at this split')
        code = np.zeros((1, *cut.bottleneck.shape), np.float32)
        code[0, : coded.width] = decode(coded, shape=(coded.width, *cut.bottleneck.shape[1:]))
        features = self._decoders[split].run(code)
        if not np.isfinite(features).all():
            raise CodecError('code becomes features that are not finite')
        return features


def _with_bottleneck(bundle: Bundle, splits: Iterable[int]) -> list[Split]:
    return [bundle.splits[split] for split in splits if bundle.splits[split].bottleneck]
