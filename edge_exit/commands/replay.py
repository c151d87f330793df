"""`edge_exit replay`: play a recording to the real nodes and judge what they make of it."""

import argparse
import importlib.util
import math
import shutil
from pathlib import Path

from edge_exit.commands.option_ranges import check_ranges
from edge_exit.commands.world_options import WORLD_RANGES, add_link, add_recording
from edge_exit.errors import ConfigError

_RANGES = {name: WORLD_RANGES[name] for name in ('rtt_ms', 'loss')}
_NEEDED = ('rclpy', 'edge_exit_interfaces', 'rosbags')


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare what the command takes."""
    parser.add_argument('bag', help='rosbag2 folder or file with the images')
    add_recording(parser)
    parser.add_argument('--policy', help='policy of the robot (that of the parameters)')
    # Most recordings hold no link; this one is no hindrance.
    add_link(parser, '100')
    parser.add_argument(
        '--out', type=Path, default=Path('out/replay'),
        help='folder of the new bag, figures, report and logs (out/replay)',
    )  # fmt: skip
    parser.add_argument('--domain', type=int, help='ROS domain (one that nobody here uses)')


def run(arguments: argparse.Namespace) -> int:
    """Play, record, judge; write `replay.json` and `replay.html`.

    :returns: 0; 130 after Ctrl-C, with what was recorded until then judged all the same.
    """
    check_ranges(arguments, _RANGES)
    for module in _NEEDED:
        if importlib.util.find_spec(module) is None:
            raise ConfigError(f'replay needs {module}: `make replay` installs it')
    from tqdm import tqdm

    from edge_exit import bundle as bundles
    from edge_exit.demo.isolation import Interrupted
    from edge_exit.evaluation.bags.camera import open_camera
    from edge_exit.online.playing import play
    from edge_exit.replay.known import known_of

    bundle = bundles.load(arguments.bundle)
    camera = open_camera(arguments.bag, arguments.topic)
    plan = _plan(arguments, bundle, camera)
    known = known_of(camera, arguments.labels, bundle)
    # Only now: it removes the bag of the replay before.
    settings = _settings(arguments, plan, camera)
    status = 0
    with tqdm(total=camera.frames, unit='result', disable=None) as bar:
        try:
            play(
                settings,
                plan.values.head['deadline_ms'] / 1e3,
                lambda seen: bar.update(seen - bar.n),
            )
        except Interrupted:
            status = 130
    _judge(arguments, settings, plan, camera, known, bundle)
    return status


def _plan(arguments: argparse.Namespace, bundle, camera):
    from edge_exit.replay.asked import Asked, plan_for

    asked = Asked(
        arguments.policy,
        arguments.params,
        link=arguments.link,
        rtt_ms=arguments.rtt_ms,
        loss=arguments.loss,
    )
    return plan_for(asked, bundle, arguments.bag, camera.start)


def _settings(arguments: argparse.Namespace, plan, camera):
    from edge_exit.demo.domain import check_domain, free_domain
    from edge_exit.evaluation.bags.bag import Bag
    from edge_exit.link.traces import write_trace
    from edge_exit.online.settings import TRANSPORTS, Settings

    with Bag(arguments.bag) as bag:
        kind = bag.types[camera.topic]
    domain = free_domain() if arguments.domain is None else check_domain(arguments.domain)
    first = _first_conditions(plan.link)
    trace = {}
    try:
        shutil.rmtree(arguments.out / 'bag', ignore_errors=True)
        (arguments.out / 'logs').mkdir(parents=True, exist_ok=True)
        if plan.link.trace is not None:
            trace = {'trace': str((arguments.out / 'link.csv').resolve())}
            write_trace(trace['trace'], plan.link.trace)
    except OSError as error:
        raise ConfigError(
            f'cannot write to {arguments.out}: {error}; choose another --out'
        ) from None
    return Settings(
        bag=arguments.bag,
        topic=camera.topic,
        transport=TRANSPORTS[kind],
        bundle=arguments.bundle,
        out=arguments.out,
        domain=domain,
        policy=arguments.policy,
        parameters=arguments.params,
        first_link=first,
        link=trace,
    )


def _first_conditions(link) -> dict[str, float]:
    """Give what the link emulator does until the first image: what the link begins with."""
    rate, rtt = link.rate_bps, math.nan
    if link.trace is not None:
        rate, rtt, _ = link.trace.row(0.0)
    delay = link.delay if math.isnan(rtt) else rtt / 2
    # Over a link that begins with an outage the nodes would not find each other.
    found = {'rate_mbps': rate / 1e6} if rate else {}
    return {**found, 'delay_ms': 1e3 * delay, 'loss': link.loss}


def _judge(arguments: argparse.Namespace, settings, plan, camera, known, bundle) -> None:
    from edge_exit.evaluation.files import write_json
    from edge_exit.evaluation.judging import document, judge
    from edge_exit.online.judging import run_of
    from edge_exit.replay import table
    from edge_exit.report import page

    judged = document([judge(run_of(settings, plan, camera, known, bundle), bundle)])
    print(table.text(judged['runs']))
    for note in judged['runs'][0]['notes']:
        print(f'note: {note}')
    write_json(arguments.out / 'replay.json', judged)
    page.write(arguments.out / 'replay.html', judged, lambda _bag, _topic, s: camera.pictures(s))
    print(f'written: {arguments.out}/bag, replay.json, replay.html; logs of the nodes: logs/')
