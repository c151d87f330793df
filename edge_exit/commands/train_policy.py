"""`edge_exit train-policy`: a policy that learns in simulated worlds, for one bundle."""

import argparse
from pathlib import Path

from edge_exit.commands.option_ranges import check_ranges
from edge_exit.errors import ConfigError

_RANGES = {'lessons': (1, 10**6), 'play_steps': (0, 10**9), 'seed': (0, 2**31)}


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare what the command takes."""
    parser.add_argument('--bundle', required=True, help='name or folder of the bundle')
    parser.add_argument(
        '--traces', type=Path, metavar='FOLDER',
        help='trace files (*.csv), of which it learns with the first 60 %% of each',
    )  # fmt: skip
    parser.add_argument(
        '--outcomes', type=Path, metavar='FILE',
        help="outcome table to learn from (the bundle's own, every other picture)",
    )  # fmt: skip
    parser.add_argument('--run', type=Path, required=True, metavar='FOLDER', help='for checkpoints')
    kept = parser.add_mutually_exclusive_group()
    kept.add_argument('--out', type=Path, metavar='FILE', help='write the policy there (.onnx)')
    kept.add_argument(
        '--keep', action='store_true', help='put the policy into the bundle, whose model id stays'
    )
    parser.add_argument('--lessons', type=int, default=300, help='lessons to learn from (300)')
    parser.add_argument(
        '--play-steps', type=int, default=300_000, help='steps of play after them (300000)'
    )
    parser.add_argument('--seed', type=int, default=0)
    parser.add_argument('--resume', action='store_true', help='go on from the last checkpoint')


def run(arguments: argparse.Namespace) -> int:
    """Train, judge, and write the policy."""
    from tqdm import tqdm

    from edge_exit import bundle as bundles
    from edge_exit.bundle import rewriting
    from edge_exit.evaluation.files import write_whole

    check_ranges(arguments, _RANGES)
    try:
        from edge_exit.simulation import exporting, training
    except ImportError as error:
        raise ConfigError(f'{error.name} is missing: pip install "edge_exit[train]"') from None
    bundle = bundles.load(arguments.bundle)
    game, families = _world(arguments, bundle, training.WORLDS)
    effort = training.Effort(arguments.lessons, arguments.play_steps, arguments.seed)
    trained = training.train(
        game, families, arguments.run, effort, resume=arguments.resume, progress=tqdm
    )
    content = exporting.content(
        trained.scorer.weights(), game.candidates, trained.bounds, bundle.model_id
    )
    for name, reward in trained.judged.items():
        print(f'{name:10} mean reward {reward:.4f}')
    print(f'kept: {trained.kept}, after {trained.seconds:.0f} s')
    if arguments.keep:
        rewriting.add_file(bundle, 'policy', exporting.FILE, content)
    path = arguments.out or arguments.run / exporting.FILE
    write_whole(path, lambda file: file.write(content))
    print(f'written: {bundle.path / exporting.FILE if arguments.keep else path}')
    return 0


def _world(arguments: argparse.Namespace, bundle, worlds: int):
    """Give worlds to judge in, and the traces of all."""
    from edge_exit.simulation import candidates, families
    from edge_exit.simulation.game import Game
    from edge_exit.simulation.setting import world_of

    found = families.gathered(arguments.seed, 40, arguments.traces, 'training')
    world = world_of(bundle, arguments.outcomes, learning=True)
    # It chooses among those that rules choose among, too.
    answers = world.profile.answers
    thresholds = answers.thresholds if answers else candidates.THRESHOLDS
    return Game(world, found, worlds, thresholds=thresholds), found
