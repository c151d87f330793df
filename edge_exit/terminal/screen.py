"""Where what runs is shown: a live table on a terminal, a line a second elsewhere."""

import os
import sys
import time
from collections.abc import Callable
from typing import Any, Protocol

from rich.console import Console, RenderableType
from rich.live import Live

TABLE_PERIOD_S, LINE_PERIOD_S = 0.25, 1.0


class Display(Protocol):
    """Lays out what was seen."""

    def table(self, seen: Any) -> RenderableType: ...  # noqa: D102
    def line(self, seen: Any) -> str: ...  # noqa: D102


class Screen:
    """Shows what was seen, as often as the place is worth, until its `with` block ends."""

    def __init__(self, console: Console, display: Display) -> None:
        self._console = console
        self._display = display
        # The table of the end takes the place of the last live one.
        self._live = (
            Live(console=console, auto_refresh=False, transient=True)
            if console.is_terminal
            else None
        )
        self._next = 0.0

    def __enter__(self) -> 'Screen':
        if self._live:
            self._live.start()
        return self

    def __exit__(self, *_: object) -> None:
        if self._live:
            self._live.stop()

    def show(self, look: Callable[[], Any]) -> None:
        """Show what `look()` gives, if it is time to; show nothing more once nobody reads."""
        now = time.monotonic()
        if now < self._next:
            return
        self._next = now + (TABLE_PERIOD_S if self._live else LINE_PERIOD_S)
        try:
            self._show(look())
        except OSError:  # the terminal was closed, or the reader of a pipe has ended
            self._live = None
            sys.stdout = self._console.file = open(os.devnull, 'w')  # noqa: SIM115 - to the end

    def _show(self, seen: Any) -> None:
        if self._live:
            self._live.update(self._display.table(seen), refresh=True)
        else:
            print(self._display.line(seen), flush=True)
