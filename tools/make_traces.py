"""Write the small capacity traces in config/traces: `python tools/make_traces.py`."""

import math
import random
from pathlib import Path

FOLDER = Path(__file__).resolve().parent.parent / 'config' / 'traces'
STEP = 0.5


def steps() -> list[tuple[float, float, float]]:
    """Good link, a tenth of it, outage, recovery."""
    return [(0, 20, 10), (10, 2, 20), (20, 0, 20), (30, 20, 10), (40, 20, 10)]


def warehouse_wifi(seconds: float = 120.0) -> list[tuple[float, float, float]]:
    """Wi-Fi between racks, with deep fades."""
    random.seed(1)
    fades = [random.uniform(0, seconds) for _ in range(7)]
    rows = []
    for time in _times(seconds):
        fade = min(1.0, min(abs(time - at) for at in fades) / 1.5 + 0.03)
        rate = 40 * math.exp(random.gauss(0, 0.25)) * fade
        rows.append((time, rate, 4 + 4 / fade**0.5))
    return rows


def driving_lte(seconds: float = 180.0) -> list[tuple[float, float, float]]:
    """LTE uplink from a moving robot, with one dead spot."""
    random.seed(2)
    level, rows = math.log(6), []
    for time in _times(seconds):
        level += 0.1 * (math.log(6) - level) + random.gauss(0, 0.25)
        rate = 0.0 if 95 <= time < 101 else min(math.exp(level), 15)
        rows.append((time, rate, 45 + random.expovariate(1 / 15)))
    return rows


def _times(seconds: float) -> list[float]:
    return [index * STEP for index in range(int(seconds / STEP))]


def main() -> None:
    """Write all traces."""
    for make in (steps, warehouse_wifi, driving_lte):
        lines = [f'{time:g},{rate:.3f},{rtt:.1f}' for time, rate, rtt in make()]
        text = '\n'.join(['time_s,rate_mbps,rtt_ms', *lines]) + '\n'
        (FOLDER / f'{make.__name__}.csv').write_text(text)


if __name__ == '__main__':
    main()
