"""How long messages are when they are serialised as ROS 2 does (CDR), without making them."""

from edge_exit.coding.coded import CodedFeatures, Coding, Entropy, Part
from edge_exit.inference.belief import first
from edge_exit.inference.requests import SHORT_MODEL_ID
from edge_exit.inference.result import Answer, Offload
from edge_exit.rules.registry import NAMES

HEAD, TAIL, FRAME_ID = '/robot/head', '/tail', 'camera'
_MODEL_ID = 64
# As nodes/chunk_conversions.py has them.
_DATAGRAM, _PADDING = 1200, 16


class Length:
    """Counts bytes with the alignment of each field."""

    def __init__(self) -> None:
        self._at = 0

    def numbers(self, width: int, count: int = 1) -> 'Length':
        """Add numbers of so many bytes each."""
        if count:
            self._at += -self._at % width + width * count
        return self

    def text(self, length: int) -> 'Length':
        """Add a string of so many bytes."""
        self.numbers(4)
        self._at += length + 1
        return self

    def array(self, width: int, count: int) -> 'Length':
        """Add an array of any length."""
        return self.numbers(4).numbers(width, count)

    @property
    def serialised(self) -> int:
        """Give the length with the four bytes before, that say how it is serialised."""
        return 4 + self._at


def features(offload: Offload, coded: CodedFeatures) -> int:
    """Give the length of the message that sends a frame, or a chunk of it."""
    chunk = coded.part is not None
    length = _header('' if chunk else FRAME_ID).text(len(HEAD)).numbers(8, 2)
    length.text(SHORT_MODEL_ID if chunk else _MODEL_ID)
    length.numbers(1).numbers(4).text(len(offload.exit_rule)).numbers(4)
    length.array(4, offload.belief.class_mass.size).numbers(4, 2)
    length.numbers(1).numbers(2).numbers(1).array(4, len(coded.shape))
    length.array(4, coded.scale.size).array(4, coded.offset.size)
    length.array(1, memoryview(coded.data).nbytes).numbers(1, 2).numbers(2)
    return length.serialised


def room_of_chunk(classes: int) -> int:
    """Give the coded bytes that a chunk has room for, as a head finds it."""
    empty = CodedFeatures(Coding.BITS_4, Entropy.NONE, (1, 1, 1), b'', part=Part(0, 2, 1))
    blank = Offload(None, 1, '', 0, 0.0, 0.0, first(classes), empty, max(NAMES, key=len))
    return _DATAGRAM - 1 - _PADDING - features(blank, empty)


def answer(given: Answer, label: str) -> int:
    """Give the length of the message that answers a frame."""
    length = _header(FRAME_ID).text(len(HEAD)).numbers(8, 2).numbers(4)
    length.text(len(label.encode())).numbers(4, 2).array(4, given.posterior.size)
    length.numbers(1).numbers(4).numbers(1, 3)
    length.text(len(given.finished_by.encode())).text(len(given.reason.encode()))
    return length.numbers(4, 7).serialised


def probe(padding: int = 0) -> int:
    """Give the length of a probe; its echo is one without padding."""
    return _header('').text(len(HEAD)).numbers(8).numbers(4, 3).array(1, padding).serialised


def status(segments: int) -> int:
    """Give the length of a tail's heartbeat."""
    length = _header('').text(len(TAIL)).numbers(8).text(_MODEL_ID).numbers(1)
    return length.numbers(4, 4).array(4, segments).numbers(8, 2).serialised


def _header(frame_id: str) -> Length:
    return Length().numbers(4, 2).text(len(frame_id))
