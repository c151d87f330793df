"""The stamp of a serialised message that begins with a header, read and changed in place."""

import struct

STAMP = slice(4, 12)  # after the four bytes that say how the rest is encoded
LATEST_SECOND = 2**31 - 1


def read_stamp(serialised: bytes) -> int:
    """Give the stamp of a serialised message that begins with a header, ns.

    :raises struct.error: if it is too short to hold one.
    """
    seconds, nanoseconds = struct.unpack(_order(serialised) + 'iI', serialised[STAMP])
    return seconds * 10**9 + nanoseconds


def image_stamp(serialised: bytes, recorded: int) -> int:
    """Give the stamp by which a recorded image is known, ns.

    :param recorded: when it was recorded, ns: its stamp where the driver of the camera gave none.
    """
    try:
        return read_stamp(serialised) or recorded
    except struct.error:  # too short to be an image, too
        return recorded


def with_stamp(serialised: bytes, stamp: int) -> bytes:
    """Give the message with another stamp; all other bytes stay as they were recorded."""
    seconds, nanoseconds = divmod(stamp, 10**9)
    seconds = min(max(seconds, 0), LATEST_SECOND)
    changed = struct.pack(_order(serialised) + 'iI', seconds, nanoseconds)
    return serialised[: STAMP.start] + changed + serialised[STAMP.stop :]


def _order(serialised: bytes) -> str:
    return '<' if serialised[1] & 1 else '>'
