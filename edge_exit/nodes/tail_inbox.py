"""The tail's inbox: frames of any robot in, answers or refusals out."""

import math
import time
from collections.abc import Sequence
from typing import Any

from rclpy.event_handler import PublisherEventCallbacks
from rclpy.node import Node
from rclpy.publisher import Publisher
from rclpy.serialization import serialize_message

from edge_exit.bundle import Bundle
from edge_exit.errors import RefusedError
from edge_exit.inference.batching import EXPIRED, Batcher, BatchLimits, Waiting
from edge_exit.inference.repeats import Repeats
from edge_exit.inference.requests import TailAnswer
from edge_exit.inference.tail_session import TailJob, TailSession
from edge_exit.nodes import qos
from edge_exit.nodes.chunk_conversions import request_of
from edge_exit.nodes.conversions import answer_message, refusal_message
from edge_exit.nodes.intake import Intake
from edge_exit.nodes.link_probing import arrival
from edge_exit.nodes.names import Peers
from edge_exit.nodes.tail_chunks import TailChunks
from edge_exit.nodes.tail_counts import TailCounts
from edge_exit.nodes.tail_requests import Request, joined, time_left
from edge_exit_interfaces import msg as messages

# Handlers of events would come and go in one thread while the executor looks through them.
NO_EVENTS = PublisherEventCallbacks(use_default_callbacks=False)


class TailInbox:
    """Takes frames on `~/features` and answers each on its head's `offloaded` topic.

    A frame's whole way, from the middleware to its answer, is in one thread. What comes while a
    batch runs waits in the middleware and makes the next batch.

    :param limits: how frames are gathered into batches.
    :param max_heads: robots served at one time.
    :param chunk_wait: how long a frame waits for its next chunk, s.
    """

    def __init__(
        self,
        node: Node,
        bundle: Bundle,
        session: TailSession,
        *,
        limits: BatchLimits,
        max_heads: int,
        chunk_wait: float,
    ) -> None:
        self.counts = TailCounts(node.get_logger())
        self._name = node.get_fully_qualified_name()
        self._bundle = bundle
        self._session = session
        self.batcher = Batcher(self._run, self._expire, limits)
        self._intake = Intake(
            node,
            messages.Features,
            '~/features',
            self._take,
            qos.FEATURES_INBOX,
            rest=self._work_off,
        )
        self._heads: Peers[Publisher] = Peers(
            lambda head: node.create_publisher(
                messages.Inference, f'{head}/offloaded', qos.FEATURES, event_callbacks=NO_EVENTS
            ),
            node.destroy_publisher,
            limit=max_heads,
        )
        # A restarted head is a new session; its former one need not be forgotten at once.
        self._repeats = Repeats(sessions=2 * max_heads)
        self.chunks = TailChunks(len(bundle.classes), self._repeats.is_new, self._join, chunk_wait)
        serialize_message(messages.Inference())  # the first of a type loads its support, 90 ms
        self._intake.start()

    def expect(self, head: str) -> None:
        """Get ready to answer a head before its first frame comes.

        :raises RefusedError: if its name is not valid or too many robots are active.
        """
        self._heads.get(head)

    def heads(self, within: float) -> int:
        """Count the heads heard of in the last seconds."""
        return self._heads.active(within)

    def change(self, limits: BatchLimits, max_heads: int, chunk_wait: float) -> None:
        """Follow changed parameters."""
        self.batcher.limits = limits
        self.chunks.set_wait(chunk_wait)
        self._heads.limit = max_heads

    def close(self) -> None:
        """Take no more frames and give everything back."""
        self._intake.close()
        self._heads.clear()

    def _take(self, message: messages.Features, info: dict[str, Any]) -> None:
        arrived = arrival(info['received_timestamp'])
        try:
            reply = self._heads.get(message.head)
        except RefusedError as error:
            self.counts.refuse('', 'head', str(error))
            return
        if message.chunks:
            self._take_chunk(message, reply, arrived)
        elif not self._repeats.is_new(message.head, message.session, message.sequence):
            self.counts.repeated += 1
        else:
            self._take_frame(message, reply, arrived)

    def _take_frame(self, message: messages.Features, reply: Publisher, arrived: float) -> None:
        try:
            deadline = arrived + time_left(message)
        except RefusedError as error:
            self._refuse(Request((message,), reply, arrived, arrived), error)
        else:
            self._offer(Request((message,), reply, arrived, deadline))

    def _take_chunk(self, message: messages.Features, reply: Publisher, arrived: float) -> None:
        try:
            left = time_left(message)
            request = Request((message,), reply, arrived, arrived + left)
            self.chunks.take(message, request, arrived, left)
        except RefusedError as error:
            # Not answered: it says nothing of a frame that other chunks might not say better.
            self.counts.refuse(message.head, error.kind, str(error))

    def _join(self, chunks: list[Request]) -> None:
        if len(chunks) < chunks[0].message.chunks:
            self.counts.incomplete += 1
        self._offer(joined(chunks))

    def _offer(self, request: Request) -> None:
        head = request.message.head
        try:
            self.batcher.offer(Waiting(head, request.arrived, request.deadline, request))
        except RefusedError as error:
            self._refuse(request, error)

    def _work_off(self) -> float | None:
        """Run what is due; give the time until there may be more, s, None if there is nothing."""
        self.chunks.release_due()
        patience = self.batcher.work_off()
        wait = min(self.chunks.patience(), math.inf if patience is None else patience)
        return None if math.isinf(wait) else wait

    def _run(self, batch: Sequence[Waiting]) -> None:
        jobs: list[tuple[Request, TailJob]] = []
        for frame in batch:
            request = frame.item
            try:
                jobs.append((request, self._session.accept(request_of(request.messages))))
            except RefusedError as error:
                self._refuse(request, error)
        try:
            answers = self._session.run([job for _, job in jobs])
        except Exception as failure:  # the tail must outlive whatever one batch does to a runtime
            error = RefusedError(f'the network failed: {failure}', kind='failure')
            for request, _ in jobs:
                self._refuse(request, error)
            return
        for (request, _), answer in zip(jobs, answers, strict=True):
            self._answer(request, answer)

    def _answer(self, request: Request, answer: TailAnswer) -> None:
        message = answer_message(
            request.message,
            answer,
            tail=self._name,
            classes=self._bundle.classes,
            tail_time=time.monotonic() - request.arrived,
            chunks_used=request.chunks_used,
        )
        if self._publish(request.reply, message):
            self.counts.served += 1

    def _refuse(self, request: Request, error: RefusedError) -> None:
        self.counts.refuse(request.message.head, error.kind, str(error))
        self._turn_back(request, str(error))

    def _turn_back(self, request: Request, reason: str) -> None:
        spent = time.monotonic() - request.arrived
        message = refusal_message(request.message, reason, tail=self._name, tail_time=spent)
        self._publish(request.reply, message)

    def _publish(self, reply: Publisher, message: messages.Inference) -> bool:
        try:
            reply.publish(message)
        except RuntimeError:  # the head was silent for long and its publisher made room meanwhile
            self.counts.unheard += 1
            return False
        return True

    def _expire(self, frame: Waiting) -> None:
        # Too late for the frame, but to the head an offload without an answer is a lost one.
        self.counts.expired += 1
        self._turn_back(frame.item, EXPIRED)
