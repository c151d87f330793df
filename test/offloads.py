"""Frames as a head offloads them, made without a head.

offloads = Offloads(write_tiny_bundle(tmp_path / 'tiny'))
message = offloads.features(sequence=1, split=2)
"""

from std_msgs.msg import Header
from tiny_bundle import picture

from edge_exit.bundle import Bundle
from edge_exit.inference.head_session import HeadSession
from edge_exit.inference.network import SegmentedNetwork
from edge_exit.inference.result import Offload
from edge_exit.inference.split_codec import Chunking, SplitCodec
from edge_exit.nodes.chunk_conversions import offload_messages, room_of
from edge_exit.nodes.conversions import features_message
from edge_exit_interfaces.msg import Features

EXITS_ONLY_AT_THE_LAST = 2.0


class Offloads:
    """Runs the segments before a split and writes the message that a head would send."""

    def __init__(self, bundle: Bundle, head: str = '/robot/head', session: int = 5) -> None:
        self.bundle = bundle
        self.head = head
        self.session = session
        self.network = SegmentedNetwork(bundle)
        self.codec = SplitCodec(bundle, encodes=self.network.splits)
        self._names = {'head': head, 'session': session, 'model_id': bundle.model_id}

    def features(
        self,
        *,
        sequence: int = 1,
        split: int = 1,
        time_left: float = 10.0,
        exit_threshold: float = EXITS_ONLY_AT_THE_LAST,
        level: int = 0,
    ) -> Features:
        """Give a frame, a green picture, offloaded at a split."""
        run = self.run(split)
        coded = self.codec.encode(split, level, run.features)
        offload = self._offload(run, sequence, time_left, [coded], exit_threshold)
        return features_message(offload, header=Header(frame_id='camera'), **self._names)

    def chunks(
        self,
        *,
        sequence: int = 1,
        split: int = 2,
        time_left: float = 10.0,
        level: int = 0,
        least: int = 2,
    ) -> list[Features]:
        """Give the same frame in the messages that a head sends which sends chunks."""
        run = self.run(split)
        how = Chunking(least, room_of(self.head, self.bundle))
        chunks = self.codec.encode_chunks(split, level, run.features, how)
        offload = self._offload(run, sequence, time_left, chunks)
        return offload_messages(offload, header=Header(frame_id='camera'), **self._names)

    def run(self, split: int):
        """Run a green picture up to a split, or to the end."""
        session = HeadSession(self.bundle, self.network)
        run = session.begin(picture('green', None))
        offload = split < len(self.bundle.segments)
        session.advance(
            run, exit_threshold=EXITS_ONLY_AT_THE_LAST, split=split, may_offload=offload
        )
        return run

    def _offload(self, run, sequence, time_left, coded, exit_threshold=EXITS_ONLY_AT_THE_LAST):
        return Offload(
            tag=None,
            sequence=sequence,
            tail='',
            split=run.next_segment,
            exit_threshold=exit_threshold,
            time_left=time_left,
            belief=run.belief,
            coded=coded[0],
            more=tuple(coded[1:]),
        )
