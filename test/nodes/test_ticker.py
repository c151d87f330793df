"""Regular tasks in a thread of their own."""

import threading
import time

import pytest

pytest.importorskip('rclpy', reason='needs ROS 2: `make test` installs it')

from support import wait_until

from edge_exit.nodes.timers import Ticker


@pytest.fixture
def ticker(ros_node):
    tickers = []

    def start(callback, period=0.01):
        tickers.append(Ticker(ros_node, period, callback))
        return tickers[-1]

    yield start
    for one in tickers:
        one.close()


def test_it_calls_back_again_and_again_from_a_thread_of_its_own(ticker):
    threads = []
    ticker(lambda: threads.append(threading.current_thread()))
    wait_until(lambda: len(threads) >= 3)
    assert len(set(threads)) == 1
    assert threads[0] is not threading.main_thread()


def test_the_callback_may_say_when_it_is_called_next(ticker):
    times = []

    def call():
        times.append(time.monotonic())
        return 0.2 if len(times) == 1 else None

    ticker(call)
    wait_until(lambda: len(times) >= 3)
    assert times[1] - times[0] > 0.15
    assert times[2] - times[1] < times[1] - times[0]


def test_after_closing_it_calls_no_more(ticker):
    calls = []
    one = ticker(lambda: calls.append(1))
    wait_until(lambda: calls)
    one.close()
    before = len(calls)
    threading.Event().wait(0.05)
    assert len(calls) == before


def test_an_error_ends_nothing(ticker):
    calls = []

    def fail():
        calls.append(1)
        raise ValueError('of this test')

    ticker(fail)
    wait_until(lambda: len(calls) >= 3)
