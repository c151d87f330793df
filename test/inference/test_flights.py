"""When frames end or are finished alone: at their deadline, or when their answer is overdue."""

from types import SimpleNamespace

from edge_exit.inference.flights import MOST_EARLY, Flights, Limits
from edge_exit.inference.frame import Frame, Mail
from edge_exit.inference.outcome import Outcome
from edge_exit.inference.result import Answer
from edge_exit.link.patience import LEAST
from edge_exit.policy.operating_point import OperatingPoint

DEADLINE = 0.2
POINT = OperatingPoint(
    split=1, exit_threshold=2.0, growth_threshold=0.0, codec_level=0, offload=True
)


def answer_to(entry):
    return Answer(
        sequence=entry.sequence, outcome=Outcome.OFFLOADED, exit=3, posterior=None, margin=0.5,
        finished_by='/tail', reason='last exit', tail_time=0.0, tail_compute=0.0,
    )  # fmt: skip


class SlowRobot:
    """Needs some time from the moment at which it wants a result out until it is out."""

    def __init__(self, delay):
        self.now, self.delay = 0.0, delay
        self.late = []
        self.flights = Flights(Limits(DEADLINE, 16), self._publish, lambda: self.now)
        self.flights.open()

    def take(self, run=None):
        """Take a new image."""
        self.flights.offer(Mail(None, None, self.now))
        mail, _ = self.flights.job_now()
        frame = Frame(
            mail=mail, run=run, started=self.now, point=POINT, tail='/tail', why='deadline',
            split=1, clock=lambda: self.now,
        )  # fmt: skip
        return self.flights.take(frame)

    def send(self, rest, computing=0.0):
        """Take an image, and send its features at once."""
        entry = self.take()
        entry.frame.rest, entry.frame.computing = rest, computing
        self.flights.send(entry)
        return entry

    def know_answers(self, took=0.02):
        """Let the tail answer some frames."""
        for _ in range(30):
            entry = self.send(rest=0.05)
            self.now += took
            self.flights.answer(answer_to(entry))

    def see(self):
        """Take a frame that no tail will answer, and let time pass until it has ended."""
        begun = self.now
        spoken = SimpleNamespace(exit=0, belief=SimpleNamespace(posterior=None, margin=0.5))
        self.take(SimpleNamespace(spoken=spoken))
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


def test_a_robot_that_is_idle_finishes_a_frame_when_its_answer_is_overdue():
    robot = SlowRobot(delay=0.0)
    robot.know_answers(took=0.02)
    entry = robot.send(rest=0.05)
    job, at = robot.flights.job_now()
    assert job is None
    assert abs(at - (robot.now + 0.02 + LEAST)) < 1e-6
    robot.now = at
    assert robot.flights.job_now()[0] is entry
    assert entry.frame.why == 'overdue'
    assert robot.flights.job_now() == (None, float('inf')), 'it is begun once'


def test_a_new_image_comes_before_a_frame_that_is_only_overdue():
    robot = SlowRobot(delay=0.0)
    robot.know_answers()
    entry = robot.send(rest=0.05)
    robot.now = robot.flights.job_now()[1]
    robot.flights.offer(Mail('new', None, robot.now))
    assert robot.flights.job_now()[0].image == 'new'
    assert robot.flights.job_now()[0] is entry


def test_a_frame_that_must_be_finished_now_comes_before_a_new_image():
    robot = SlowRobot(delay=0.0)
    robot.know_answers()
    entry = robot.send(rest=0.05)
    robot.now += DEADLINE - 0.06
    robot.flights.offer(Mail('new', None, robot.now))
    assert robot.flights.job_now()[0] is entry
    assert entry.frame.why == 'deadline'


def test_a_robot_that_has_no_time_for_both_leaves_it_to_the_tail():
    robot = SlowRobot(delay=0.0)
    robot.know_answers()
    robot.send(rest=0.9 * DEADLINE)
    assert robot.flights.job_now() == (None, float('inf'))


def test_a_robot_that_would_have_to_begin_before_answers_come_leaves_it_to_the_tail():
    robot = SlowRobot(delay=0.0)
    robot.know_answers(took=0.02)
    before, after = ((DEADLINE - 0.003 - wait) / 1.25 for wait in (0.015, 0.025))
    robot.send(rest=before)
    assert robot.flights.job_now() == (None, float('inf'))
    entry = robot.send(rest=after)
    robot.now = robot.flights.job_now()[1]
    assert robot.flights.job_now()[0] is entry


def test_a_robot_does_not_wait_for_answers_that_always_come_too_late():
    robot = SlowRobot(delay=0.0)
    robot.know_answers(took=DEADLINE + 0.02)
    entry = robot.send(rest=0.05)
    robot.now = robot.flights.job_now()[1]
    assert robot.flights.job_now()[0] is entry


def test_as_long_as_it_is_not_known_how_long_answers_take_none_is_overdue():
    robot = SlowRobot(delay=0.0)
    robot.send(rest=0.05)
    at = robot.flights.job_now()[1]
    assert abs(at - (DEADLINE - 1.25 * 0.05 - 0.003)) < 1e-6


def test_a_robot_that_ends_frames_early_finishes_them_as_much_earlier():
    robot = SlowRobot(delay=0.006)
    robot.see()
    robot.send(rest=0.05)
    at = robot.flights.job_now()[1]
    ended = at + 1.25 * 0.05 + 0.003
    late = 0.0065  # the step of `see` in which the deadline passed is late, too
    assert 0.006 <= robot.now + DEADLINE - ended <= late + 1e-6
