"""Compressed files and messages of bags, unpacked as far as they go."""

from pathlib import Path

from rosbags.rosbag2.reader import zstd

PACKED = '.zstd'
# What rosbags raises where a compressed file is damaged.
DAMAGED = (EOFError, zstd.ZstdError)
# A message of ROS 2 begins with a byte 0.
_MAGIC = b'\x28\xb5\x2f\xfd'
_AT_ONCE = 1 << 20


def unpack_file(packed: Path, folder: Path) -> tuple[Path, str]:
    """Unpack a file of a bag.

    :param folder: where to write it.
    :returns: the file, and why it ends before its end; '' if it does not.
    """
    found, damage = folder / packed.stem, f'{packed.name} ends before its end'
    unpacker = zstd.ZstdDecompressor()
    with packed.open('rb') as source, found.open('wb') as target:
        try:
            while not unpacker.eof and (some := source.read(_AT_ONCE)):
                target.write(unpacker.decompress(some))
        except zstd.ZstdError as error:
            return found, f'{packed.name} is damaged ({error})'
    return found, '' if unpacker.eof else damage


def unpack_message(serialised: bytes) -> bytes:
    """Unpack a message, if it is compressed by itself; only the metadata of a bag would tell."""
    return zstd.decompress(serialised) if serialised[:4] == _MAGIC else serialised
