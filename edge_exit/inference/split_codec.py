"""What is sent at a split, to bytes and back: a picture, features, or a bottleneck's code of them.

The one way to code for whoever sends, receives or measures.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

import numpy as np

from edge_exit.bundle import Bundle, Split
from edge_exit.coding import CodedFeatures, Coding, chunks, decode, encode
from edge_exit.errors import CodecError
from edge_exit.inference.bottleneck import open_decoder, open_encoder


@dataclass(frozen=True, slots=True)
class Chunking:
    """How a code is sent in chunks.

    :ivar least: chunks at least.
    :ivar room: coded bytes of a chunk at most.
    :ivar share: one of so many channels of the whole code is in every chunk, if there is room.
    """

    least: int
    room: int
    share: int = chunks.BASE_SHARE


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
        code = self._code(cut, how.width, values)
        return replace(encode(code, how.coding), width=len(code))

    def encode_chunks(
        self, split: int, level: int, values: np.ndarray, how: Chunking
    ) -> tuple[CodedFeatures, ...]:
        """Code what is sent of one frame as `encode` does, a bottleneck's code in chunks.

        Pictures, features and codes that even the most chunks have no room for make one message.

        :raises CodecError: if they cannot be coded.
        """
        cut, of = self._bundle.splits[split], self._bundle.codec_levels[level]
        if split and of.width is not None and cut.bottleneck is not None:
            code, base = self._code(cut, of.width, values), cut.bottleneck.shape[0] // how.share
            made = chunks.cut(code, of.coding, base=base, least=how.least, room=how.room)
            if made is not None:
                return made
        return (self.encode(split, level, values),)

    def _code(self, cut: Split, width: float, values: np.ndarray) -> np.ndarray:
        """Give the channels of a code that a width sends."""
        code = self._encoders[cut.split].run(values)[0]
        return code[: cut.bottleneck.channels(width)]

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
        code = np.zeros(cut.bottleneck.shape, np.float32)
        code[: coded.width] = decode(coded, shape=(coded.width, *cut.bottleneck.shape[1:]))
        return self._features(split, code)

    def decode_chunks(self, split: int, coded: Sequence[CodedFeatures]) -> np.ndarray:
        """Give back what the next segment takes of the chunks that arrived; trusts nothing.

        :param coded: one message as for `decode`, or chunks of a code in any order.
        :returns: float32 (1, ...) features, or uint8 (1, H, W, C) at split 0.
        :raises CodecError: as `decode` does.
        """
        if len(coded) == 1 and coded[0].part is None:
            return self.decode(split, coded[0])
        small = self._bundle.splits[split].bottleneck
        if small is None:
            raise CodecError('chunks of a code at a split that has none')
        return self._features(split, chunks.join(coded, small.shape))

    def _features(self, split: int, code: np.ndarray) -> np.ndarray:
        features = self._decoders[split].run(code[np.newaxis])
        if not np.isfinite(features).all():
            raise CodecError('code becomes features that are not finite')
        return features


def _with_bottleneck(bundle: Bundle, splits: Iterable[int]) -> list[Split]:
    return [bundle.splits[split] for split in splits if bundle.splits[split].bottleneck]
