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
from edge_exit.inference.split_codec import SplitCodec
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
        offload = Offload(
            tag=None,
            sequence=sequence,
            tail='',
            split=split,
            exit_threshold=exit_threshold,
            time_left=time_left,
            belief=run.belief,
            coded=self.codec.encode(split, level, run.features),
        )
        return features_message(
            offload,
            header=Header(frame_id='camera'),
            head=self.head,
            session=self.session,
            model_id=self.bundle.model_id,
        )

    def run(self, split: int):
        """Run a green picture up to a split, or to the end."""
        session = HeadSession(self.bundle, self.network)
        run = session.begin(picture('green', None))
        offload = split < len(self.bundle.segments)
        session.advance(
            run, exit_threshold=EXITS_ONLY_AT_THE_LAST, split=split, may_offload=offload
        )
        return run
