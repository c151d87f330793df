"""Capacity traces: how the rate of a link, and perhaps its round-trip time, went over time.

A trace is a CSV file with the columns `time_s`, `rate_mbps` (1 Mbit = 1e6 bit, 0 = outage) and
perhaps `rtt_ms`. A row holds until the next one; after the last one the trace starts again.
"""

import csv
import math
from bisect import bisect_right
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from statistics import median

from edge_exit.errors import ConfigError

COLUMNS = ('time_s', 'rate_mbps')
MOST_ROWS = 1_000_000
LARGEST_MBPS = 1e6


@dataclass(frozen=True, slots=True)
class Trace:
    """A capacity trace that repeats.

    :ivar times: start of each row, s, rising from 0.
    :ivar rates: rate of each row, bit/s.
    :ivar rtts: round-trip time of each row, s; NaN where it is not known.
    :ivar duration: when it starts again, s.
    """

    times: tuple[float, ...]
    rates: tuple[float, ...]
    rtts: tuple[float, ...]
    duration: float

    def row(self, time: float) -> tuple[float, float, float]:
        """Give what holds at a time: rate (bit/s), round-trip time (s or NaN), and until when."""
        round_start = math.floor(time / self.duration) * self.duration
        index = bisect_right(self.times, time - round_start) - 1
        ends = self.times[index + 1] if index + 1 < len(self.times) else self.duration
        # Rounding must not let a row end before it begins.
        return self.rates[index], self.rtts[index], max(round_start + ends, time + 1e-6)


def read_trace(path: str | Path) -> Trace:
    """Read a capacity trace.

    :raises ConfigError: if the file is not one; names line and value.
    """
    try:
        # Spreadsheets put a mark before the first column.
        with Path(path).open(newline='', encoding='utf-8-sig') as file:
            rows = list(_rows(csv.reader(file), str(path)))
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        raise ConfigError(f'trace {path} cannot be read: {error}') from error
    if not rows:
        raise ConfigError(f'trace {path} has no rows; it needs at least one below the header')
    start = rows[0][0]
    times = tuple(time - start for time, _, _ in rows)
    steps = [later - sooner for sooner, later in pairwise(times)]
    return Trace(
        times=times,
        rates=tuple(rate for _, rate, _ in rows),
        rtts=tuple(rtt for _, _, rtt in rows),
        duration=times[-1] + (median(steps) if steps else 1.0),
    )


def _rows(reader, path: str):
    header = [name.strip() for name in next(reader, [])]
    if tuple(header[:2]) != COLUMNS or header[2:] not in ([], ['rtt_ms']):
        raise ConfigError(
            f'trace {path}, line 1: columns are {",".join(header)!r}, '
            f'needed are time_s,rate_mbps or time_s,rate_mbps,rtt_ms'
        )
    before = -math.inf
    for cells in reader:
        where = f'trace {path}, line {reader.line_num}'
        if reader.line_num > MOST_ROWS:
            raise ConfigError(f'{where}: more than {MOST_ROWS} rows; use a shorter trace')
        if len(cells) != len(header):
            raise ConfigError(
                f'{where}: {len(cells)} values, one for each of {len(header)} columns'
            )
        time = _number(cells[0], 'time_s', where, low=0.0)
        if time <= before:
            raise ConfigError(f'{where}: time_s {time} does not come after {before}')
        before = time
        rate = _number(cells[1], 'rate_mbps', where, low=0.0, high=LARGEST_MBPS) * 1e6
        known = len(cells) == 3 and cells[2].strip()
        rtt = _number(cells[2], 'rtt_ms', where, low=0.0) / 1e3 if known else math.nan
        yield time, rate, rtt


def _number(text: str, name: str, where: str, *, low: float, high: float = 1e9) -> float:
    try:
        number = float(text)
    except ValueError:
        raise ConfigError(f'{where}: {name} is {text!r}, a number is needed') from None
    if not low <= number <= high:
        raise ConfigError(f'{where}: {name} is {text!r}, needed is {low:g} to {high:g}')
    return number


def write_trace(path: str | Path, trace: Trace) -> None:
    """Write a trace as `read_trace` reads it; its end is not written."""
    with Path(path).open('w', newline='', encoding='utf-8') as file:
        rows = csv.writer(file)
        rows.writerow((*COLUMNS, 'rtt_ms'))
        for time, rate, rtt in zip(trace.times, trace.rates, trace.rtts, strict=True):
            rows.writerow((time, rate / 1e6, '' if math.isnan(rtt) else 1e3 * rtt))
