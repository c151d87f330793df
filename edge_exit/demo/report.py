"""The demo from the user's side: shown while it runs, summed up and written when it ends."""

import sys
from importlib import import_module
from threading import Thread

from rich.console import Console

from edge_exit import bundle as bundles
from edge_exit.demo.recording import Recording
from edge_exit.demo.settings import BUNDLE, DEADLINE, Settings
from edge_exit.demo.show import Ending, perform
from edge_exit.demo.summary import Summary, summarise
from edge_exit.demo.table import Display, figures_table
from edge_exit.errors import ConfigError
from edge_exit.evaluation.files import write_json
from edge_exit.terminal.screen import Screen

# The module that draws, and so needs matplotlib.
PICTURE = 'edge_exit.demo.timeline'


def present(settings: Settings) -> int:
    """Run the demo and write `summary.json` and `timeline.png` of whatever ran.

    :returns: exit status of the command.
    :raises EdgeExitError: if the bundle is missing or the folder cannot be written to.
    """
    bundle = bundles.load(BUNDLE)
    _make_folder(settings)
    codecs = [level.name for level in bundle.codec_levels]
    console = Console()
    recording = Recording()
    # Takes most of a second to load; who presses Ctrl-C later does not want to wait for it.
    Thread(target=import_module, args=[PICTURE], daemon=True).start()
    with Screen(console, Display(len(bundle.segments), codecs, settings.seconds)) as screen:
        ending = perform(settings, recording, screen)
    return _sum_up(settings, recording, ending, console)


def _make_folder(settings: Settings) -> None:
    try:
        (settings.out / 'logs').mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise ConfigError(
            f'cannot write to {settings.out}: {error}; choose another --out'
        ) from None


def _sum_up(settings: Settings, recording: Recording, ending: Ending, console: Console) -> int:
    recorded = recording.copy()
    summary = summarise(recorded)
    write_json(
        settings.out / 'summary.json', summary.as_json() | {'interrupted': ending.interrupted}
    )
    console.print(figures_table(summary))
    console.print(f'\n{_verdict(summary)}', highlight=False)
    if ending.failure:
        print(f'edge_exit demo: {ending.failure}', file=sys.stderr)
    if recorded.results:
        import_module(PICTURE).draw(recorded, settings.out / 'timeline.png', deadline=DEADLINE)
    print(f'written: {settings.out}/summary.json, timeline.png; logs of the nodes: logs/')
    if ending.failure or summary.faults:
        return 1
    return 130 if ending.interrupted else 0


def _verdict(summary: Summary) -> str:
    if summary.faults:
        return '[red]The books do not add up:[/]\n' + '\n'.join(f'  {f}' for f in summary.faults)
    return _worth(summary) + (
        f"Each of the {summary.whole.frames_taken} frames taken has exactly one result: the head's"
        f' books and the results received agree in every phase.'
    )


def _worth(summary: Summary) -> str:
    """Say what offloading buys: the same kind of frames, answered by the tail or by the robot."""
    tail, robot = summary.accuracy_of['offloaded'], summary.accuracy_of['fallback']
    if tail is None or robot is None:
        return ''
    return (
        f'Of the frames that no exit on the robot was sure of, {tail:.0%} are right when the tail'
        f' answered and {robot:.0%} when the robot had to answer itself.\n'
    )
