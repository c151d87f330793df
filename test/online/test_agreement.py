"""A replay on a virtual clock and one with the real nodes come to the same."""

import json
import sys
from importlib.resources import files
from statistics import median

import pytest

pytest.importorskip('rclpy', reason='needs ROS 2: `make test` installs it')

from edge_exit.evaluation.bags.links import link_of
from edge_exit.evaluation.bags.recorded import recorded_run

BAG = str(files('edge_exit') / 'demo' / 'bag')
# A link so slow that it, not the load of the test machine, decides how long a frame takes.
LINK = ['--link', '0.3', '--rtt-ms', '500']
PARAMETERS = """
/**/head:
  ros__parameters: {deadline_ms: 2000.0, max_in_flight: 64}
/**/policy:
  ros__parameters: {deadline_ms: 2000.0, policy: static, exit_threshold: 0.8}
"""
TOLERANCE = 0.1
# Of times: a busy test machine adds its own. benchmarks/replay_agreement.py asks for a tenth.
SPARE_TIME = 0.25


@pytest.fixture(scope='module')
def folder(tmp_path_factory):
    return tmp_path_factory.mktemp('agreement')


def command(processes, folder, name, *options):
    """Run a command of edge_exit on the demo's bag."""
    parameters = folder / 'parameters.yaml'
    parameters.write_text(PARAMETERS)
    line = ['--bundle', 'fashion_mnist', '--params', str(parameters), *LINK, *options]
    done = processes.run(sys.executable, '-m', 'edge_exit.cli', name, BAG, *line, name=name)
    assert done.wait(120) == 0, done.output
    return done


def near(one, other, tolerance=TOLERANCE):
    return other == pytest.approx(one, rel=tolerance)


def test_both_replays_agree_on_latency_bytes_and_outcomes(processes, folder):
    command(processes, folder, 'evaluate', '--json', str(folder / 'offline.json'))
    command(processes, folder, 'replay', '--out', str(folder))
    (offline,) = json.loads((folder / 'offline.json').read_text())['runs']
    (online,) = json.loads((folder / 'replay.json').read_text())['runs']
    expected, found = offline['figures'], online['figures']
    assert near(expected['latency_ms_mean'], found['latency_ms_mean'], SPARE_TIME)
    assert near(expected['bytes_per_frame'], found['bytes_per_frame'])
    for outcome in ('frames_taken', 'exited', 'offloaded'):
        assert near(expected[outcome], found[outcome]), outcome
    assert expected['offloaded'] > 50
    assert expected['exited'] > 50
    assert abs(expected['accuracy'] - found['accuracy']) < 0.03
    assert (folder / 'replay.html').stat().st_size > 10_000


def test_the_new_bag_is_of_the_time_of_the_old_and_holds_the_link(processes, folder):
    from edge_exit import bundle as bundles

    if not (folder / 'bag').exists():
        command(processes, folder, 'replay', '--out', str(folder))
    run = recorded_run(str(folder / 'bag'), bundle=bundles.load('fashion_mnist'), labels={})
    first = run.results[0].stamp
    assert 1_767_225_600 <= first / 1e9 < 1_767_225_612
    assert {point.policy for _, point in run.points} == {'static'}
    assert run.taken + run.dropped >= 175
    trace = link_of(str(folder / 'bag'))
    # The middle of what was measured: a busy machine makes a single value look like a slow link.
    rates, rtts, _ = zip(
        *(trace.row(trace.times[-1] - tenths / 10) for tenths in range(100)), strict=True
    )
    assert median(rates) == pytest.approx(0.3e6, rel=0.3)
    assert median(rtts) == pytest.approx(0.5, rel=0.2)
