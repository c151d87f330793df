"""Judge runs: what came of each, and how they differ, as docs/evaluation.md lists it."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass

from edge_exit.bundle import Bundle
from edge_exit.evaluation.judged import exits, figures, points, timeline
from edge_exit.evaluation.judged.chance import Stretches
from edge_exit.evaluation.judged.columns import Columns, columns_of, energy_of
from edge_exit.evaluation.judged.differences import Frames, difference, frames_of
from edge_exit.evaluation.judged.plain import plain
from edge_exit.evaluation.judged.worst import worst
from edge_exit.evaluation.run import About, Run

FORMAT, VERSION = 'edge_exit.evaluation', 1


@dataclass(frozen=True, slots=True)
class Judged:
    """A judged run; small enough to travel between processes.

    :ivar report: ready for JSON.
    :ivar frames: what a comparison with other runs of the same bag needs.
    """

    report: dict
    frames: Frames


def judge(run: Run, bundle: Bundle | None) -> Judged:
    """Judge one run.

    :param bundle: what ran, for its costs and its curve of accuracy against cost; None where it is
        not at hand: what needs it is then None.
    """
    energy = energy_of(run.about.settings)
    columns = columns_of(run, bundle, energy)
    report = {
        **_about(run.about),
        'start_ns': run.start,
        'duration_s': run.duration,
        'deadline_ms': 1e3 * run.deadline,
        'judged_by': figures.judged_by(run),
        'classes': list(run.classes),
        'codec_levels': [level.name for level in bundle.codec_levels] if bundle else [],
        'segments': len(bundle.segments) if bundle else None,
        'energy_model': asdict(energy),
        'figures': figures.figures(run, columns, Stretches(columns.arrived)),
        **_details(run, columns, bundle),
        'notes': [*figures.notes_on_truth(run), *run.notes],
    }
    return Judged(plain(report), frames_of(columns))


def document(judged: Sequence[Judged]) -> dict:
    """Put judged runs into one document, and compare each with the first of the same images."""
    return {
        'format': FORMAT,
        'version': VERSION,
        'runs': [one.report for one in judged],
        'differences': plain(list(_differences(judged))),
    }


def _about(about: About) -> dict:
    return {**{name: getattr(about, name) for name in _ABOUT}, 'settings': dict(about.settings)}


_ABOUT = ('bag', 'topic', 'bundle', 'model_id', 'policy', 'link')


def _details(run: Run, columns: Columns, bundle: Bundle | None) -> dict:
    edges = timeline.bin_edges(run, columns)
    return {
        'by_outcome': figures.by_outcome(columns),
        'breakdown_ms': figures.breakdown(columns),
        'latency_distribution_ms': figures.distribution(columns),
        'exits_per_class': exits.exits_per_class(columns, run.classes),
        'timeline': timeline.timeline(columns, edges),
        'link_quality': timeline.link_quality(run, edges),
        'capacity': timeline.capacity(run, edges),
        'points': points.changes(run),
        'points_used': points.used(run, columns),
        'curve': points.curve(bundle),
        'worst': worst(run, columns),
    }


def _differences(judged: Sequence[Judged]):
    first: dict[tuple, int] = {}
    for index, one in enumerate(judged):
        images = (one.report['bag'], one.report['topic'])
        reference = first.setdefault(images, index)
        if reference != index:
            found = difference(judged[reference].frames, one.frames)
            yield {'reference': reference, 'run': index, **found}
