"""A real Chromium without a window, asked through its debugging pipe: no driver, no network."""

import itertools
import json
import os
import select
import shutil
import subprocess
import time
from pathlib import Path
from typing import Any

import pytest

NAMES = ('chromium', 'chromium-browser', 'google-chrome', 'google-chrome-stable')
TIMEOUT_S = 60.0


def path_of_browser() -> str:
    """Find a Chromium, or skip the test."""
    found = next(filter(None, map(shutil.which, NAMES)), None)
    if found is None:
        pytest.skip(f'needs a Chromium: none of {", ".join(NAMES)} is on the PATH')
    return found


class Browser:
    """One page in a Chromium that ends with the `with` block.

    :ivar events: all that the browser has told, in its order.
    """

    def __init__(self, folder: Path) -> None:
        self._numbers = itertools.count(1)
        self._read = b''
        self.events: list[dict] = []
        self._out, theirs_in = os.pipe()[::-1]
        theirs_out, self._in = os.pipe()[::-1]
        command = [
            path_of_browser(), '--headless', '--no-sandbox', '--disable-gpu', '--no-first-run',
            '--remote-debugging-pipe', f'--user-data-dir={folder}', 'about:blank',
        ]  # fmt: skip
        # It reads orders from 3 and writes to 4.
        shell = f'exec "$@" 3<&{theirs_in} 4>&{theirs_out}'
        self._process = subprocess.Popen(
            ['bash', '-c', shell, 'bash', *command],
            pass_fds=(theirs_in, theirs_out), stderr=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
        )  # fmt: skip
        os.close(theirs_in)
        os.close(theirs_out)
        self._session = ''

    def __enter__(self) -> 'Browser':
        try:
            pages = self.ask('Target.getTargets')['targetInfos']
            page = next(page['targetId'] for page in pages if page['type'] == 'page')
            attached = self.ask('Target.attachToTarget', targetId=page, flatten=True)
            self._session = attached['sessionId']
            for domain in ('Page', 'Runtime', 'Network', 'Log'):
                self.ask(f'{domain}.enable')
        except BaseException:
            self.__exit__()
            raise
        return self

    def __exit__(self, *_: object) -> None:
        self._process.kill()
        self._process.wait(timeout=10)
        os.close(self._out)
        os.close(self._in)

    def ask(self, method: str, **parameters: Any) -> dict:
        """Give an order and its result."""
        number = next(self._numbers)
        order = {'id': number, 'method': method, 'params': parameters}
        if self._session:
            order['sessionId'] = self._session
        os.write(self._out, json.dumps(order).encode() + b'\0')
        until = time.monotonic() + TIMEOUT_S
        while True:
            told = self._next(until)
            if told.get('id') == number:
                assert 'error' not in told, told
                return told['result']
            self.events.append(told)

    def show(self, path: Path, *, width: int, height: int = 900, dark: bool = False) -> float:
        """Open a file in a window of that size, and give the seconds until it was there."""
        self.ask('Emulation.setDeviceMetricsOverride', width=width, height=height,
                 deviceScaleFactor=1, mobile=False)  # fmt: skip
        scheme = {'name': 'prefers-color-scheme', 'value': 'dark' if dark else 'light'}
        self.ask('Emulation.setEmulatedMedia', features=[scheme])
        self.events.clear()
        began = time.monotonic()
        self.ask('Page.navigate', url=path.absolute().as_uri())
        until = began + TIMEOUT_S
        while not any(told.get('method') == 'Page.loadEventFired' for told in self.events):
            self.events.append(self._next(until))
        # Laid out and painted, not only read.
        self.run('new Promise(done => requestAnimationFrame(() => requestAnimationFrame(done)))')
        return time.monotonic() - began

    def run(self, script: str) -> Any:
        """Evaluate JavaScript in the page, waiting for it if it is a promise."""
        found = self.ask(
            'Runtime.evaluate', expression=script, returnByValue=True, awaitPromise=True
        )
        assert 'exceptionDetails' not in found, found
        return found['result'].get('value')

    def troubles(self) -> list[str]:
        """List what the console says since the page was opened: errors, warnings, exceptions."""
        kinds = ('Runtime.exceptionThrown', 'Runtime.consoleAPICalled', 'Log.entryAdded')
        return [json.dumps(told) for told in self.events if told.get('method') in kinds]

    def requests(self) -> list[str]:
        """List the addresses that the page has asked for, itself and what lies in it left out."""
        asked = [
            told['params']['request']['url']
            for told in self.events
            if told.get('method') == 'Network.requestWillBeSent'
        ]
        return [url for url in asked[1:] if not url.startswith('data:')]

    def _next(self, until: float) -> dict:
        while b'\0' not in self._read:
            left = until - time.monotonic()
            if left <= 0 or not select.select([self._in], [], [], left)[0]:
                raise AssertionError(f'the browser is silent for {TIMEOUT_S:g} s')
            more = os.read(self._in, 1 << 20)
            assert more, f'the browser ended with status {self._process.wait(10)}'
            self._read += more
        told, _, self._read = self._read.partition(b'\0')
        return json.loads(told)
