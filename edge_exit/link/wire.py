"""What a message costs on the wire: its serialised bytes and the headers around them.

Fast DDS sends a message of up to 64 kB as one UDP datagram, which IP cuts into frames of the usual
1500 bytes; a larger message becomes several datagrams.
"""

MTU = 1500
LARGEST_DATAGRAM = 65_000
ETHERNET_AND_IP = 14 + 20
# UDP, then RTPS: header, INFO_DST, INFO_TS, DATA submessage.
DATAGRAM_HEADERS = 8 + 20 + 16 + 12 + 24


def wire_bytes(serialised: int) -> int:
    """Give the bytes of Ethernet frames that carry a message.

    :param serialised: length of the serialised message.
    """
    whole, rest = divmod(serialised, LARGEST_DATAGRAM)
    datagrams = [LARGEST_DATAGRAM] * whole + ([rest] if rest else [])
    return sum(_datagram(size + DATAGRAM_HEADERS) for size in datagrams)


def frames(serialised: int) -> int:
    """Give the number of Ethernet frames that a message needs; if one is lost, all is lost."""
    whole, rest = divmod(serialised, LARGEST_DATAGRAM)
    return whole * _frames_of(LARGEST_DATAGRAM + DATAGRAM_HEADERS) + (
        _frames_of(rest + DATAGRAM_HEADERS) if rest else 0
    )


def _datagram(size: int) -> int:
    return size + _frames_of(size) * ETHERNET_AND_IP


def _frames_of(size: int) -> int:
    return -(-size // (MTU - 20))
