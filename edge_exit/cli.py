"""The `edge_exit` command line: finds the command and runs it."""

import argparse
import importlib
import sys

from edge_exit.errors import EdgeExitError

COMMANDS = {
    'demo': 'watch robot and server work over a changing link',
    'top': 'watch a running robot: outcomes, latency, link, operating point, tails',
    'train': 'train a backbone with recursive early exits',
    'average': 'mix the backbones of two trainings, one of which began with the other',
    'train-bottlenecks': 'teach a trained network to send few bytes at its splits',
    'export': 'turn a trained checkpoint into a bundle',
    'profile': 'measure every split of a bundle on this machine',
    'score': 'measure the accuracy and cost of a bundle on labelled pictures',
    'inspect': 'show what a bundle is made of, what it costs and how sure its exits are',
    'calibrate': 'fit temperatures and exit thresholds of a bundle to labelled pictures',
    'train-policy': 'let a policy learn in simulated worlds',
    'compare': 'compare all policies over simulated links, robots and wishes',
    'evaluate': 'replay a recording: what a model, a policy and a link make of it',
    'tune': 'find the parameters that a recording asks for, and check them on its rest',
    'replay': 'play a recording to the real nodes, record them and judge what they make of it',
    'outcomes': 'record what a bundle answers wherever it is cut, for the simulation',
}


def main(argv: list[str] | None = None) -> int:
    """Run one command.

    :param argv: arguments without the program's name; those of the process if None.
    :returns: exit status of the process.
    """
    argv = sys.argv[1:] if argv is None else argv
    parser = argparse.ArgumentParser(prog='edge_exit', description=__doc__)
    commands = parser.add_subparsers(dest='command', required=True, metavar='COMMAND')
    for name, summary in COMMANDS.items():
        command = commands.add_parser(name, help=summary, description=summary)
        # Only the command asked for is imported: `score` must not wait for torch.
        if name in argv[:1]:
            _module(name).add_arguments(command)
    arguments = parser.parse_args(argv)
    try:
        return _module(arguments.command).run(arguments)
    except EdgeExitError as error:
        print(f'edge_exit {arguments.command}: {error}', file=sys.stderr)
        return 2
    except KeyboardInterrupt:
        return 130


def _module(name: str):
    return importlib.import_module(f'edge_exit.commands.{name.replace("-", "_")}')


if __name__ == '__main__':
    sys.exit(main())
