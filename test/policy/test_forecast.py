"""What a forecast says of frames is what the way of single frames gives on average."""

import math
from dataclasses import replace

import numpy as np
import pytest
from policy_world import ANSWERS, LEFT, PROFILE, RIGHT, THRESHOLDS, seen, wants

from edge_exit.link.quality import LinkQuality
from edge_exit.link.wire import wire_bytes
from edge_exit.policy.forecast import Forecaster, Place
from edge_exit.policy.interface import Outcomes

ALONE = -1


def forecast(observation, settings=None):
    return Forecaster().forecast(observation, settings or wants())


def at(found, place, threshold):
    row = found.places.index(Place(*place)) if place != ALONE else ALONE
    column = found.thresholds.index(threshold)
    return {name: values[row, column] for name, values in found.means._asdict().items()}


def test_every_split_and_level_that_is_allowed_is_there_and_alone_is_last():
    found = forecast(seen(10), wants(codec_level=1, local_segments=1))
    assert found.places == (
        Place(0, 1, True),
        Place(1, 1, True),
        Place(1, 1, False),
    )
    assert found.thresholds == THRESHOLDS


@pytest.mark.parametrize(
    'observation', [seen(math.nan), replace(seen(10), link=LinkQuality(connected=False))]
)
def test_without_a_measured_link_there_is_only_working_alone(observation):
    assert [place.offload for place in forecast(observation).places] == [False]
    assert len(forecast(seen(10), wants(offload=False)).places) == 1


def test_alone_frames_take_the_time_of_the_exits_that_they_leave_at():
    found = at(forecast(seen(10, head_slowdown=2.0)), ALONE, 0.5)
    assert found['latency'] == pytest.approx(LEFT[1] @ [0.02, 0.04, 0.06])
    assert found['right'] == pytest.approx(RIGHT[1].sum())
    assert found['wire_bytes'] == 0
    assert found['joules'] == pytest.approx(found['latency'] * 0.925)


@pytest.mark.parametrize('place', [ALONE, (0, 0, True), (2, 1, True)])
def test_every_frame_pays_once_for_what_the_robot_does_beside_the_network(place):
    plain, settings = seen(10, head_slowdown=4.0), wants(deadline=10.0)
    more = replace(plain, profile=replace(PROFILE, overhead=0.003))
    before, after = (at(forecast(one, settings), place, 0.5)['latency'] for one in (plain, more))
    assert after - before == pytest.approx(4 * 0.003)


@pytest.mark.parametrize('place', [ALONE, (0, 0, True), (2, 1, True)])
def test_every_frame_pays_once_for_the_opening_of_its_image(place):
    plain, settings = seen(10, head_slowdown=4.0), wants(deadline=10.0)
    more = replace(plain, opening=0.007)
    before, after = (at(forecast(one, settings), place, 0.5) for one in (plain, more))
    assert after['latency'] - before['latency'] == pytest.approx(0.007)
    assert after['joules'] > before['joules']
    unknown = at(forecast(replace(plain, opening=math.nan), settings), place, 0.5)
    assert unknown == before


def test_frames_that_are_sent_pay_for_their_messages_at_both_ends():
    plain, settings = seen(10, head_slowdown=4.0), wants(deadline=10.0)
    more = replace(plain, profile=replace(PROFILE, sending=0.003, answering=0.005))

    def dearer(place):
        before, after = (at(forecast(one, settings), place, 0.5) for one in (plain, more))
        return after['latency'] - before['latency']

    assert dearer((0, 0, True)) == pytest.approx(4 * 0.003 + 0.1 * 0.005)  # its tail is faster
    assert dearer(ALONE) == 0


def test_lost_frames_are_finished_alone_when_their_answer_is_overdue():
    link = replace(seen(10).link, jitter=0.005)
    clean, lossy = (replace(seen(10), link=replace(link, loss=loss)) for loss in (0.0, 0.3))
    settings = wants(deadline=10.0)
    answered = at(forecast(clean, settings), (0, 0, True), 0.5)['latency']
    given_up = answered + 4 * 0.005 + 0.03  # of the whole network
    expected = 0.7 * answered + 0.3 * given_up
    assert at(forecast(lossy, settings), (0, 0, True), 0.5)['latency'] == pytest.approx(expected)
    held_in_part = wants(deadline=10.0, local_segments=1)
    waits = at(forecast(lossy, held_in_part), (0, 0, True), 0.5)['latency']
    assert waits == pytest.approx(0.7 * answered + 0.3 * 10.0)


def test_frames_that_stay_end_at_the_deadline_with_what_was_said_by_then():
    found = at(forecast(seen(10, head_slowdown=10.0), wants(deadline=0.15)), ALONE, 0.5)
    assert found['right'] == pytest.approx(0.65 + 0.12)  # the first exit's, and what it would say
    assert found['latency'] == pytest.approx(0.7 * 0.1 + 0.3 * 0.15)
    hopeless = at(forecast(seen(10, head_slowdown=20.0), wants(deadline=0.15)), ALONE, 0.5)
    assert (hopeless['right'], hopeless['latency']) == (0, pytest.approx(0.15))


def test_sent_frames_pay_for_link_and_tail_and_the_others_do_not():
    found = at(forecast(seen(10)), (1, 0, True), 0.5)
    round_trip = 0.005 + 0.001  # the least, and the jitter
    tail = 0.001 * (0.2 * 1 + 0.1 * 2) / 0.3
    answer = 0.01 + 8 * wire_bytes(2000) / 10e6 + round_trip + tail
    assert found['latency'] == pytest.approx(0.7 * 0.01 + 0.3 * answer, rel=1e-3)
    assert found['right'] == pytest.approx(0.65 + 0.2, abs=1e-3)
    assert found['wire_bytes'] == pytest.approx(0.3 * 2000)


def test_time_on_a_narrow_link_grows_with_the_share_that_is_sent():
    narrow = seen(0.4, outcomes=Outcomes(rate=30.0))
    few, many = (at(forecast(narrow), (1, 0, True), threshold) for threshold in (0.5, 2.0))
    alone = at(forecast(seen(0.4)), (1, 0, True), 0.5)
    assert alone['latency'] < few['latency'] < many['latency']


def test_lost_frames_are_answered_at_the_deadline_by_what_the_robot_knows():
    settings = wants(deadline=0.2, local_segments=1)
    clean, lossy = (
        at(forecast(seen(10, loss=loss), settings), (1, 0, True), 2.0) for loss in (0.0, 0.5)
    )
    assert lossy['latency'] == pytest.approx((clean['latency'] + 0.2) / 2, rel=1e-3)
    assert lossy['right'] == pytest.approx((0.93 + 0.75) / 2, abs=1e-3)
    assert lossy['late'] == pytest.approx(0.5, abs=0.01)  # the budget is 0.1 s
    whole = at(forecast(seen(10, loss=0.5), wants(deadline=0.2)), (1, 0, True), 2.0)
    assert whole['right'] == pytest.approx(0.93, abs=1e-3)


def test_frames_near_the_budget_are_late_by_half():
    fast = forecast(seen(10), wants())
    time = at(fast, (2, 0, True), 2.0)['latency']
    late = [
        at(forecast(seen(10), wants(budget=factor * time)), (2, 0, True), 2.0)['late']
        for factor in (0.5, 1.0, 2.0)
    ]
    assert late == pytest.approx([1.0, 0.5, 0.0], abs=0.01)


def test_link_that_carries_nothing_gives_finite_numbers():
    found = forecast(seen(1e-4, outcomes=Outcomes(rate=30.0)))
    assert all(np.isfinite(values).all() for values in found.means)
    assert at(found, (1, 0, True), 2.0)['latency'] > 1


def test_bundle_without_counts_is_predicted_at_the_users_threshold_by_what_exits_let_go():
    plain = replace(PROFILE, answers=None)
    observation = seen(10, profile=plain, outcomes=Outcomes(exits=(0.5, 0.25, 0.25)))
    found = forecast(observation, wants(exit_threshold=0.7))
    assert found.thresholds == (0.7,)
    assert at(found, ALONE, 0.7)['right'] == pytest.approx(0.5 * 0.75 + 0.25 * 0.9 + 0.25 * 0.93)
    sent = at(found, (1, 1, True), 0.7)
    assert sent['right'] == pytest.approx(0.5 * 0.75 + 0.5 * 0.9, abs=1e-3)
    assert sent['wire_bytes'] == pytest.approx(0.5 * 500)


def test_shares_of_the_world_are_shares():
    assert np.allclose(np.array(ANSWERS.left).sum(axis=1), 1)


def test_the_link_is_as_busy_as_the_camera_or_the_robot_makes_it_not_as_it_was_of_late():
    # A robot that just did something else: few results, but the images come as before.
    def waiting(head_slowdown, **outcomes):
        observation = replace(seen(0.3, head_slowdown=head_slowdown), outcomes=Outcomes(**outcomes))
        return at(forecast(observation, wants(deadline=10.0)), (1, 1, True), 2.0)['latency']

    # 500 bytes and what is around them take some 15 ms.
    assert waiting(1.0, rate=2.0, interval=0.1) == waiting(1.0, rate=10.0)
    assert waiting(1.0, rate=2.0, interval=0.014) > 2 * waiting(1.0, rate=2.0)
    assert waiting(50.0, rate=2.0, interval=0.014) == waiting(50.0, rate=2.0)
