"""The parts of a configured head, wired together."""

import time
from collections import Counter
from collections.abc import Mapping
from typing import Any

import cv2
from rclpy.node import Node
from sensor_msgs.msg import CompressedImage, Image

from edge_exit.bundle import Bundle
from edge_exit.control.head_rule import HeadRule
from edge_exit.errors import RefusedError
from edge_exit.inference.engine import HeadEngine
from edge_exit.inference.head_worker import Outlet
from edge_exit.inference.network import SegmentedNetwork
from edge_exit.inference.result import Result
from edge_exit.nodes import qos
from edge_exit.nodes.chunk_conversions import room_of
from edge_exit.nodes.conversions import answer_from
from edge_exit.nodes.diagnostics import Health
from edge_exit.nodes.head_control import HeadControl
from edge_exit.nodes.head_images import HeadImages
from edge_exit.nodes.head_report import health, sending_text
from edge_exit.nodes.head_results import HeadResults
from edge_exit.nodes.head_tails import HeadTails
from edge_exit.nodes.intake import Intake
from edge_exit.nodes.settling import settle
from edge_exit.parameters import head as of_head
from edge_exit.policy.operating_point import OperatingPoint
from edge_exit_interfaces.msg import Inference


class HeadParts:
    """Camera, engine, tails, control and results of a head.

    :param held: number of segments that this robot holds.
    :param session: drawn at random for this life of the head.
    :param values: the node's parameters.
    """

    def __init__(
        self, node: Node, bundle: Bundle, held: int, session: int, values: Mapping[str, Any]
    ) -> None:
        self._node = node
        self._bundle = bundle
        self._session = session
        self._troubles: Counter[str] = Counter()
        self._same_names = 1
        self._network = SegmentedNetwork(
            bundle, runtime=values['runtime'], threads=values['threads'], segments=range(held)
        )
        self._rule = HeadRule(bundle, self._network)
        self._tails = HeadTails(
            node, session=session, model_id=bundle.model_id, predict=self._rule.predict
        )
        self._tails.use(of_head.tail_names(values))
        self._results = HeadResults(node, session, bundle.classes)
        self._images = HeadImages(node, bundle.preprocessing, self._receive)
        self._control = HeadControl(
            node, bundle, held=held, values=values, rule=self._choose, apply=self._set_point
        )
        self._engine = HeadEngine(
            bundle,
            self._network,
            self._outlet(),
            of_head.limits(values),
            self._control.point,
        )
        self._engine.set_privacy(of_head.privacy(values))
        self._engine.set_exit_rule(values['exit_rule'])
        self._room = room_of(node.get_fully_qualified_name(), bundle)
        self._sending = of_head.WHOLE
        self._send_as(values)
        self._answers = Intake(node, Inference, '~/offloaded', self._answer, qos.FEATURES)
        self._answers.start()
        cv2.setNumThreads(values['threads'])
        settle()

    def start(self, transport: str) -> None:
        """Take images."""
        self._engine.start()
        self._images.listen(transport)

    def stop(self) -> None:
        """Take no more images; every frame under way gets its result."""
        self._images.close()
        self._engine.stop()

    def change(self, values: Mapping[str, Any], *, listen: bool) -> None:
        """Follow changed parameters: privacy at once, the others from the next frame on.

        :param listen: whether images are taken at present.
        """
        self._engine.set_privacy(of_head.privacy(values))
        self._tails.use(of_head.tail_names(values))
        self._engine.set_limits(of_head.limits(values))
        self._engine.set_exit_rule(values['exit_rule'])
        self._send_as(values)
        self._control.change(values)
        if listen:
            self._images.listen(values['image_transport'])

    def report(self, state: str) -> Health:
        """Say how the head is."""
        self._watch_names()
        return health(
            state=state,
            counts=self._engine.counts(),
            rejected=self._images.rejected,
            network=self._network,
            point=self._control.point,
            tails=self._tails.report(),
            other=dict(self._troubles),
            same_names=self._same_names,
        )

    def close(self) -> None:
        """Give all back; stop first."""
        self._answers.close()
        self._control.close()
        self._tails.close()
        self._results.close()

    def _outlet(self) -> Outlet:
        return Outlet(
            open_picture=self._images.open_picture,
            choose_tail=self._tails.choose,
            pack=self._tails.pack,
            publish=self._publish,
            failed=self._note,
        )

    def _publish(self, result: Result) -> None:
        self._results.publish(result)
        self._rule.note(result)

    def _receive(self, message: Image | CompressedImage) -> None:
        self._engine.offer(message, self._results.tag(message))
        time.sleep(0)  # lets the worker have the interpreter before this thread looks for more

    def _answer(self, message: Inference, info: dict) -> None:
        if message.session != self._session:
            self._engine.disown()
            return
        try:
            answer = answer_from(
                message,
                classes=len(self._bundle.classes),
                segments=len(self._bundle.segments),
            )
        except RefusedError as error:
            self._note(error, 'bad answers')
            return
        self._tails.answered(answer.sequence, answer.tail_time, info['received_timestamp'])
        self._engine.answer(answer)

    def _send_as(self, values: Mapping[str, Any]) -> None:
        self._engine.set_chunking(of_head.chunking(values, self._room))
        if values['sending'] != self._sending:
            self._sending = values['sending']
            self._node.get_logger().info(sending_text(self._sending, self._room, self._bundle))

    def _choose(self, values: Mapping[str, Any]) -> OperatingPoint:
        return self._rule.choose(values, self._tails.best(self._control.point))

    def _set_point(self, point: OperatingPoint) -> None:
        self._engine.set_point(point)

    def _note(self, error: Exception, kind: str = 'unforeseen errors') -> None:
        """Count an error; log the first of its kind."""
        self._troubles[kind] += 1
        if self._troubles[kind] == 1:
            self._node.get_logger().error(
                f'{type(error).__name__}: {error} (more {kind} are only counted)'
            )

    def _watch_names(self) -> None:
        same = self._results.same_names()
        if same > 1 and self._same_names <= 1:
            self._node.get_logger().warning(
                f'{same} heads are called {self._node.get_fully_qualified_name()}: '
                'answers reach both, and both publish results; give one another name or namespace'
            )
        self._same_names = max(1, same)
