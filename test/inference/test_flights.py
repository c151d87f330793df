"""Frames that end at their deadline: a robot that comes late to them begins earlier."""

from types import SimpleNamespace

from edge_exit.inference.flights import MOST_EARLY, Flights, Limits
from edge_exit.inference.frame import Frame, Mail
from edge_exit.policy.operating_point import OperatingPoint

DEADLINE = 0.2
POINT = OperatingPoint(
    split=1, exit_threshold=2.0, growth_threshold=0.0, codec_level=0, offload=True
)


class SlowRobot:
    """Needs some time from the moment at which it wants a result out until it is out."""

    def __init__(self, delay):
        self.now, self.delay = 0.0, delay
        self.late = []
        self.flights = Flights(Limits(DEADLINE, 16), self._publish, lambda: self.now)
        self.flights.open()

    def see(self):
        """Take a frame that no tail will answer, and let time pass until it has ended."""
        begun = self.now
        spoken = SimpleNamespace(exit=0, belief=SimpleNamespace(posterior=None, margin=0.5))
        mail = Mail(None, None, begun)
        self.flights.offer(mail)
        self.flights.next_job()
        frame = Frame(
            mail=mail, run=SimpleNamespace(spoken=spoken), started=begun,
            point=POINT, tail='/tail', why='deadline', split=1, clock=lambda: self.now,
        )  # fmt: skip
        self.flights.take(frame)
        while self.flights.counts().in_flight:
            self.now += 0.0005
            self.flights.end_overdue()
        return self.now - begun

    def _publish(self, _result):
        self.now += self.delay


def test_a_robot_that_was_late_is_in_time_the_next_time():
    robot = SlowRobot(delay=0.006)
    assert robot.see() > DEADLINE + 0.005
    assert DEADLINE - 0.002 < robot.see() <= DEADLINE + 0.001


def test_a_fast_robot_waits_for_its_tail_until_the_deadline():
    robot = SlowRobot(delay=0.0)
    robot.see()
    assert robot.see() >= DEADLINE - 0.001


def test_no_pause_makes_it_give_up_more_than_a_share_of_the_time():
    robot = SlowRobot(delay=5.0)
    robot.see()
    robot.delay = 0.0
    assert robot.see() >= (1 - MOST_EARLY) * DEADLINE - 1e-9
