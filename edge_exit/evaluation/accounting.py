"""Nothing is lost in silence: a head's own books against the results that were received."""

from collections import Counter
from collections.abc import Sequence

from edge_exit.evaluation.frames import FrameResult
from edge_exit.inference.ledger import Counts
from edge_exit.inference.outcome import Outcome

# Faults of one kind that are named one by one.
NAMED = 5


def faults(books: Counts, results: Sequence[FrameResult]) -> list[str]:
    """List in words what does not add up; empty if each taken frame has exactly one result.

    :param books: a head's books at one moment.
    :param results: all results of that head's session up to that moment or later, as received.
    """
    return [*_imbalances(books), *_results_astray(books, results), *_other_outcomes(books, results)]


def balanced(books: Counts) -> bool:
    """Say whether a head's books balance in themselves."""
    return not _imbalances(books)


def _imbalances(books: Counts) -> list[str]:
    found = []
    if books.received != books.taken + books.dropped + books.waiting:
        found.append(
            f'received {books.received} != taken {books.taken} + dropped {books.dropped}'
            f' + waiting {books.waiting}'
        )
    ended = books.exited + books.offloaded + books.fallback
    if books.taken != ended + books.in_flight:
        found.append(
            f'taken {books.taken} != exited {books.exited} + offloaded {books.offloaded}'
            f' + fallback {books.fallback} + in flight {books.in_flight}'
        )
    return found


def _results_astray(books: Counts, results: Sequence[FrameResult]) -> list[str]:
    times = Counter(result.sequence for result in results)
    missing = [n for n in range(1, books.taken + 1) if not times[n]]
    repeated = sorted(n for n, count in times.items() if count > 1)
    found = []
    if missing:
        found.append(f'{len(missing)} taken frames without a result: {_few(missing)}')
    if repeated:
        found.append(f'{len(repeated)} frames with more than one result: {_few(repeated)}')
    sessions = {result.session for result in results}
    if len(sessions) > 1:
        found.append(f'results of {len(sessions)} heads or lives of a head under one name')
    return found


def _other_outcomes(books: Counts, results: Sequence[FrameResult]) -> list[str]:
    """Results leave in frame order, so the first ones are those that the books had counted."""
    ended = books.exited + books.offloaded + books.fallback
    first = Counter(result.outcome for result in results if result.sequence <= ended)
    counted = {
        Outcome.EXITED: books.exited,
        Outcome.OFFLOADED: books.offloaded,
        Outcome.FALLBACK: books.fallback,
    }
    return [
        f'{number} {outcome.name.lower()} in the books, {first[outcome]} among the results'
        for outcome, number in counted.items()
        if first[outcome] != number
    ]


def _few(numbers: list[int]) -> str:
    shown = ', '.join(map(str, numbers[:NAMED]))
    return shown + (', ...' if len(numbers) > NAMED else '')
