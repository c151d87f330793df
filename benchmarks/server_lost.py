"""What a server's end, or the link's, costs a robot: results of every frame, and the way back.

A small robot shows 15 images a second, none of which its own exits are sure of. Then the server is
killed, stopped, restarted, or the link is cut. Every frame that the head takes (the numbers of its
results must have no gaps) must have one result within the deadline plus one frame, and offloading
must resume soon after the return. Images that are not taken were replaced by a newer one in the
mailbox, or lost on the way from the camera.
"""

import argparse
import signal
import statistics
import time

import report
from robot_bench import Bench, Camera, add_realtime_option, become_realtime, wait_until

RATE = 15.0
DEADLINE_MS = 200.0
AWAY_S = 3.0
TAIL, LINK = '/edge/tail', '/link'
OFFLOADED, FALLBACK = 2, 3  # as in Inference


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument('--bundle', default='cifar10')
    parser.add_argument('--repeats', type=int, default=5)
    add_realtime_option(parser)
    arguments = parser.parse_args()
    if arguments.realtime:
        become_realtime()
    rows = []
    for name, away in EVENTS.items():
        with Bench() as bench:
            trials = [Trial(bench, arguments.bundle, through_link='link' in name)]
            trials *= arguments.repeats
            rows.append({'event': name, **summary([trial.run(away) for trial in trials])})
    report.write(
        'server_lost',
        rows,
        bundle=arguments.bundle,
        rate_hz=RATE,
        deadline_ms=DEADLINE_MS,
        threads=1,
        to_reach={
            'without_result': 0,
            'worst_ms': DEADLINE_MS + 1e3 / RATE,
            'resumed_max_s': 2.0,
        },
    )


class Trial:
    """A robot that offloads every frame, and its server."""

    def __init__(self, bench: Bench, bundle: str, *, through_link: bool) -> None:
        self.bench = bench
        self.bundle = bundle
        self.start_tail()
        if through_link:
            bench.processes.node('link_emulator', name='link', params={'tail': TAIL})
        self.head = bench.processes.node(
            'head',
            namespace='/robot',
            params={
                'bundle': bundle,
                'local_segments': 1,
                'exit_threshold': 2.0,
                'deadline_ms': DEADLINE_MS,
                'tails': [LINK if through_link else TAIL],
            },
        )
        self.head.wait_for_line('ready')
        self.camera = Camera(bench)
        self.camera.wait_until_seen()

    def start_tail(self) -> None:
        self.tail = self.bench.processes.node(
            'tail', namespace='/edge', params={'bundle': self.bundle}
        )
        self.tail.wait_for_line('ready')

    def run(self, away) -> dict:
        """Let the server go and come back once."""
        self.show_until_offloaded()
        numbers = self.camera.show_for(1.0, RATE)
        come_back = away(self)
        numbers += self.camera.show_for(AWAY_S, RATE)
        returned = come_back()
        shown = self.camera.show_for(2.0, RATE)
        self.camera.wait_for(shown)
        numbers += shown
        answered = [n for n in numbers if n in self.camera.results]
        results = [found for n in answered for found in self.camera.results[n]]
        back = [
            self.camera.results[n][0][0] - returned
            for n in answered
            if self.camera.results[n][0][1].outcome == OFFLOADED and self.camera.shown[n] > returned
        ]
        sequences = [result.sequence for _, result in results]
        return {
            'images': len(numbers),
            'not_taken': len(numbers) - len(answered),
            'without_result': sequences[-1] - sequences[0] + 1 - len(set(sequences)),
            'twice': len(sequences) - len(set(sequences)),
            'fallback': sum(result.outcome == FALLBACK for _, result in results),
            'worst_ms': max(result.total_ms for _, result in results),
            'worst_outside_ms': max(1e3 * self.camera.latency(n) for n in answered),
            'resumed_s': min(back, default=float('inf')),
        }

    def show_until_offloaded(self) -> None:
        def offloaded() -> bool:
            number = self.camera.show()
            time.sleep(1 / RATE)
            found = self.camera.results.get(number)
            return bool(found) and found[0][1].outcome == OFFLOADED

        wait_until(offloaded, timeout=30)

    def set_outage(self, outage: bool) -> float:
        from support import set_parameters

        assert set_parameters(self.bench.node, LINK, outage=outage).successful
        return time.monotonic()


def killed(trial: Trial):
    """Kill the server; start a new one."""
    trial.tail.kill()

    def restart() -> float:
        trial.start_tail()
        return time.monotonic()

    return restart


def stopped(trial: Trial):
    """Stop the server's process; let it go on."""
    trial.tail.send(signal.SIGSTOP)

    def go_on() -> float:
        trial.tail.send(signal.SIGCONT)
        return time.monotonic()

    return go_on


def ended(trial: Trial):
    """End the server as a user does, by Ctrl-C; start a new one."""
    trial.tail.interrupt()

    def restart() -> float:
        trial.start_tail()
        return time.monotonic()

    return restart


def cut(trial: Trial):
    """Cut the link; mend it."""
    trial.set_outage(True)
    return lambda: trial.set_outage(False)


EVENTS = {
    'server killed (-9), new one started': killed,
    'server stopped (STOP), goes on': stopped,
    'server ended (Ctrl-C), restarted': ended,
    'link cut, mended': cut,
}


def summary(trials: list[dict]) -> dict:
    """Put the trials of one event together."""
    resumed = [trial['resumed_s'] for trial in trials]
    counted = ('images', 'not_taken', 'without_result', 'twice', 'fallback')
    return {
        'trials': len(trials),
        **{name: sum(trial[name] for trial in trials) for name in counted},
        'worst_ms': max(trial['worst_ms'] for trial in trials),
        'worst_outside_ms': max(trial['worst_outside_ms'] for trial in trials),
        'resumed_median_s': statistics.median(resumed),
        'resumed_max_s': max(resumed),
    }


if __name__ == '__main__':
    main()
