"""The virtual clock plays what falls due, in order, also while somebody is busy."""

from edge_exit.replay.clock import AheadClock, VirtualClock


def test_events_come_in_the_order_of_their_times_and_alike_ones_as_asked():
    clock, heard = VirtualClock(0.0), []
    for name, time in (('late', 2.0), ('first', 1.0), ('second', 1.0)):
        clock.at(time, lambda name=name: heard.append((name, clock.now)))
    clock.advance(1.5)
    assert heard == [('first', 1.0), ('second', 1.0)]
    assert clock.now == 1.5
    clock.advance(3.0)
    assert heard[-1] == ('late', 2.0)


def test_the_world_goes_on_while_a_worker_is_busy():
    clock, heard = VirtualClock(0.0), []

    def work():
        clock.spend(1.0)
        heard.append(('done', clock.now))

    clock.at(0.2, work)
    clock.at(0.5, lambda: heard.append(('image', clock.now)))
    clock.advance(0.3)
    assert heard == [('image', 0.5), ('done', 1.2)]
    assert clock.now == 1.2


def test_a_period_does_not_drift():
    clock, times = VirtualClock(-1.0), []
    clock.every(0.1, lambda: times.append(clock.now))
    clock.advance(99.0)
    assert len(times) == 1001
    assert times[-1] == -1.0 + 1000 * 0.1


def test_who_computes_ahead_is_not_behind_the_world():
    world = VirtualClock(0.0)
    ahead = AheadClock(world)
    ahead.spend(0.5)
    assert (ahead(), world.now) == (0.5, 0.0)
    world.advance(2.0)
    ahead.spend(0.5)
    assert ahead() == 2.5
