"""The link emulator between real processes: a head reaches its tail, as badly as asked for."""

import time
from array import array

import pytest

pytest.importorskip('rclpy', reason='needs ROS 2: `make test` installs it')
pytest.importorskip('edge_exit_interfaces', reason='needs edge_exit_interfaces to be built')

from diagnostic_msgs.msg import DiagnosticArray
from rclpy.qos import qos_profile_sensor_data as best_effort
from support import collect, set_parameters, wait_until

from edge_exit_interfaces.msg import Features, Inference, LinkProbe, TailStatus


class Ends:
    """A head and a tail at the two ends of a link."""

    def __init__(self, node, head='/robot/head'):
        self.node, self.head = node, head
        self.to_link = node.create_publisher(Features, '/link/features', best_effort)
        self.probe = node.create_publisher(LinkProbe, '/link/probe', best_effort)
        self.at_tail = collect(node, Features, '/tail/features', best_effort)
        self.answers = collect(node, Inference, f'{head}/offloaded', best_effort)
        self.answer = node.create_publisher(Inference, f'/link{head}/offloaded', best_effort)

    def send(self, sequence=1, size=100, head=None):
        data = array('B', bytes(size))
        self.to_link.publish(Features(head=head or self.head, sequence=sequence, data=data))

    def until_connected(self):
        def both_ways():
            self.send()
            self.answer.publish(Inference(head='/link' + self.head))
            time.sleep(0.1)
            return self.at_tail and self.answers

        wait_until(both_ways)
        time.sleep(0.3)
        self.at_tail.clear()
        self.answers.clear()
        return self


def test_features_and_answers_pass_with_names_that_the_other_end_can_use(processes, ros_node):
    link = processes.node('link_emulator')
    ends = Ends(ros_node).until_connected()
    ends.send(sequence=7, size=2000)
    link.wait_until(lambda: ends.at_tail)
    assert ends.at_tail[0].sequence == 7
    assert len(ends.at_tail[0].data) == 2000
    assert ends.at_tail[0].head == '/link/robot/head'
    ends.answer.publish(Inference(head='/link/robot/head', sequence=7))
    link.wait_until(lambda: ends.answers)
    assert ends.answers[0].sequence == 7
    assert ends.answers[0].head == '/robot/head'
    link.assert_ends_cleanly(times=2)


def test_heartbeats_of_the_tail_come_through_under_the_name_of_the_link(processes, ros_node):
    link = processes.node('link_emulator', params={'tail': '/edge/tail'})
    beats = collect(ros_node, TailStatus, '/link/status', best_effort)
    publisher = ros_node.create_publisher(TailStatus, '/edge/tail/status', best_effort)
    beat = TailStatus(tail='/edge/tail', model_id='f' * 64)
    link.wait_until(lambda: publisher.publish(beat) or beats)
    assert beats[0].tail == '/link'
    assert beats[0].model_id == 'f' * 64


def test_rate_and_outage_change_while_it_runs(processes, ros_node):
    link = processes.node('link_emulator')
    reports = collect(ros_node, DiagnosticArray, '/diagnostics')
    ends = Ends(ros_node).until_connected()

    def seconds():
        start = time.monotonic()
        ends.send(size=20_000)
        link.wait_until(lambda: ends.at_tail)
        ends.at_tail.clear()
        return time.monotonic() - start

    def least_seconds(bound):
        """Give the shortest of several journeys: a busy machine makes some of them longer."""
        journeys = []
        wait_until(lambda: journeys.append(seconds()) or min(journeys) < bound)
        return min(journeys)

    least_seconds(bound=0.2)
    assert set_parameters(ros_node, '/link', rate_mbps=0.4).successful
    assert least_seconds(bound=0.7) > 0.38

    def lost():
        reports.clear()
        ends.send()
        link.wait_until(lambda: reports)
        values = {value.key: value.value for value in reports[0].status[0].values}
        return int(values['to tail: lost'])

    assert set_parameters(ros_node, '/link', outage=True).successful
    wait_until(lost)
    assert set_parameters(ros_node, '/link', outage=False, rate_mbps=100.0).successful
    ends.send(sequence=99)
    link.wait_until(lambda: ends.at_tail)
    assert [features.sequence for features in ends.at_tail] == [99]


def test_a_bad_trace_is_rejected_with_line_and_value_and_the_link_stays(
    processes, ros_node, tmp_path
):
    trace = tmp_path / 'bad.csv'
    trace.write_text('time_s,rate_mbps\n0,1\n1,-3\n')
    processes.node('link_emulator')
    ends = Ends(ros_node).until_connected()
    result = set_parameters(ros_node, '/link', trace=str(trace))
    assert not result.successful
    assert 'line 3' in result.reason
    assert '-3' in result.reason
    ends.send(sequence=5)
    wait_until(lambda: ends.at_tail)


def test_messages_from_impossible_names_are_refused_and_it_lives_on(processes, ros_node):
    link = processes.node('link_emulator')
    ends = Ends(ros_node).until_connected()
    for head in ('not a name', '/' + 'x' * 400, '/a//b'):
        ends.send(head=head)
    ends.send(sequence=3)
    link.wait_until(lambda: [f for f in ends.at_tail if f.sequence == 3])
    assert {features.head for features in ends.at_tail} == {'/link/robot/head'}


def test_a_link_cannot_be_its_own_tail(processes):
    link = processes.node('link_emulator', params={'tail': '/link'})
    assert link.wait() == 1
    assert 'name the real tail' in link.output
