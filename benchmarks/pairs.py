"""Arguments of the form BUNDLE=FOLDER and NAME=BUNDLE."""

from collections.abc import Iterator, Sequence
from pathlib import Path

from edge_exit import bundle as bundles
from edge_exit.bundle import Bundle


def bundles_with_folders(pairs: Sequence[str]) -> Iterator[tuple[Bundle, Path]]:
    """Load the bundles one after the other, each with the folder given for it."""
    for pair in pairs:
        name, _, folder = pair.partition('=')
        yield bundles.load(name), Path(folder)


def named_bundles(pairs: Sequence[str]) -> Iterator[tuple[str, Bundle]]:
    """Load the bundles one after the other, each with what it is called."""
    for pair in pairs:
        name, _, where = pair.partition('=')
        yield name, bundles.load(where)
