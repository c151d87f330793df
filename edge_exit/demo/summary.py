"""The demo in figures: whole, by phase, and whether the books and the results agree."""

from dataclasses import dataclass
from typing import Any

from edge_exit.demo.recording import Recorded
from edge_exit.evaluation.accounting import faults
from edge_exit.evaluation.frames import FrameResult
from edge_exit.evaluation.metrics import Figures, accuracy, measure
from edge_exit.inference.ledger import Counts
from edge_exit.inference.outcome import Outcome

NO_FRAMES = Counts(0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0)


@dataclass(frozen=True, slots=True)
class Summary:
    """What the demo measured.

    :ivar accuracy_of: accuracy of the results of each outcome, by its name; None without any.
    :ivar phases: name and figures of each phase that began, in their order.
    :ivar faults: what does not add up, in words; empty if each taken frame has exactly one result.
    """

    whole: Figures
    accuracy_of: dict[str, float | None]
    phases: tuple[tuple[str, Figures], ...]
    faults: tuple[str, ...]

    def as_json(self) -> dict[str, Any]:
        """Give what `summary.json` holds."""
        per_phase = [{'name': name} | figures.as_json() for name, figures in self.phases]
        return self.whole.as_json() | {
            'accuracy_by_outcome': self.accuracy_of,
            'per_phase': per_phase,
            'faults': list(self.faults),
        }


def summarise(recorded: Recorded) -> Summary:
    """Measure what was recorded up to the head's last books; frames taken later do not count."""
    end = recorded.books[-1][1] if recorded.books else NO_FRAMES
    # Frames on their way while the first phase began belong to it.
    edges = [NO_FRAMES, *(mark.books for mark in recorded.marks[1:]), end]
    return Summary(
        whole=_stretch(recorded, NO_FRAMES, end),
        accuracy_of={
            outcome.name.lower(): accuracy(
                [r for r in recorded.results if r.outcome is outcome], recorded.labels or {}
            )
            for outcome in (Outcome.EXITED, Outcome.OFFLOADED, Outcome.FALLBACK)
        },
        phases=tuple(
            (mark.phase.name, _stretch(recorded, edges[index], edges[index + 1]))
            for index, mark in enumerate(recorded.marks)
        ),
        faults=_faults(recorded, edges),
    )


def taken_in(recorded: Recorded, begin: Counts, end: Counts) -> list[FrameResult]:
    """List the results of the frames that were taken between two states of the head's books."""
    return [r for r in recorded.results if begin.taken < r.sequence <= end.taken]


def _stretch(recorded: Recorded, begin: Counts, end: Counts) -> Figures:
    return measure(
        taken_in(recorded, begin, end),
        recorded.labels or {},
        taken=end.taken - begin.taken,
        dropped=end.dropped - begin.dropped,
    )


def _faults(recorded: Recorded, edges: list[Counts]) -> tuple[str, ...]:
    """Check books against results at the end of every phase; the first that disagree are named."""
    for mark, books in zip(recorded.marks, edges[1:], strict=False):
        if found := faults(books, recorded.results):
            return tuple(f'by the end of "{mark.phase.name}": {fault}' for fault in found)
    return ()
