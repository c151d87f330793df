"""Recorded sequences of results, as short to write as a test needs them."""

from edge_exit.demo.phases import PHASES
from edge_exit.demo.recording import Recorded, Recording
from edge_exit.evaluation.frames import FrameResult
from edge_exit.inference.ledger import Counts
from edge_exit.inference.outcome import Outcome
from edge_exit.link.quality import LinkQuality
from edge_exit.policy.operating_point import OperatingPoint

OUTCOMES = {'e': Outcome.EXITED, 'o': Outcome.OFFLOADED, 'f': Outcome.FALLBACK}
PERIOD_S = 1 / 15


def results(outcomes: str, *, first: int = 1, total: float = 0.01, session: int = 7) -> list:
    """Record one result a letter: e(xited), o(ffloaded), f(allback). The answer is class 0."""
    return [
        FrameResult(
            session=session,
            sequence=first + index,
            stamp=(first + index) * 1_000,
            received=(first + index) * PERIOD_S + total,
            outcome=OUTCOMES[letter],
            exit=0 if letter == 'e' else 2,
            class_id=0,
            split=2 if letter == 'e' else 1,
            margin=0.5,
            score=0.75,
            reason='margin' if letter == 'e' else 'deadline',
            queue=0.001,
            head=0.002,
            link=0.004 if letter == 'o' else 0.0,
            tail=0.003 if letter == 'o' else 0.0,
            tail_compute=0.002 if letter == 'o' else 0.0,
            total=total,
            wire_bytes=0 if letter == 'e' else 1000,
        )
        for index, letter in enumerate(outcomes)
    ]


def books(outcomes: str, *, dropped: int = 0, waiting: int = 0, in_flight: int = 0) -> Counts:
    """Keep the books of a head that has given these results."""
    taken = len(outcomes) + in_flight
    return Counts(
        received=taken + dropped + waiting,
        taken=taken,
        dropped=dropped,
        waiting=waiting,
        exited=outcomes.count('e'),
        offloaded=outcomes.count('o'),
        fallback=outcomes.count('f'),
        in_flight=in_flight,
        answers_late=0,
        answers_repeated=0,
        answers_unknown=0,
    )


def recorded_run() -> Recorded:
    """Record a run of two phases: four frames exit, three are offloaded, one falls back."""
    recording = Recording()
    outcomes = 'eeooeeof'
    recording.begin(PHASES[0], books(''))
    recording.begin(PHASES[1], books(outcomes[:4]))
    for result in results(outcomes):
        recording.add_label(result.stamp, 0)
        recording.add_result(result)
    recording.add_books(books(outcomes))
    recording.add_link(LinkQuality(connected=True, goodput_bps=0.18e6, rtt=0.02))
    recording.add_point(OperatingPoint(1, 0.8, 0.0, 2, True, 'dynamic_split', '9 ms'))
    return recording.copy()
