"""A run of the real robot, from what it published while it was recorded."""

from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from edge_exit.bundle import Bundle
from edge_exit.errors import ConfigError
from edge_exit.evaluation.bags.bag import Bag
from edge_exit.evaluation.bags.camera import OPENED_BY
from edge_exit.evaluation.bags.labels import LABEL, labels_of, without_label
from edge_exit.evaluation.bags.robots import KINDS, Heard
from edge_exit.evaluation.frames import FrameResult
from edge_exit.evaluation.run import About, Run
from edge_exit.inference.ledger import Counts


def recorded_run(
    bag: str,
    *,
    bundle: Bundle,
    labels: Mapping[int, int] | None = None,
    head: str | None = None,
    deadline: float = 0.2,
    settings: Mapping[str, float | int | str | bool] | None = None,
) -> Run:
    """Give the run of a real robot that a bag holds.

    :param bundle: what the head ran.
    :param labels: true class by stamp of the image, ns; None for the labels in the bag, if any.
    :param head: fully qualified name of the head; None for the only one that the bag has.
    :param deadline: as the head had it, s: it is not recorded.
    :param settings: what else is known of the run.
    :raises ConfigError: if the bag holds no results of such a head, or of another model.
    """
    heard = Heard()
    with Bag(bag) as opened:
        topics = opened.of_type(*KINDS, *OPENED_BY)
        for recorded in opened.messages(set(topics)):
            heard.add(opened, recorded)
        notes = opened.ending()
        has_labels = bool(opened.of_type(LABEL))
    head = _chosen_head(heard, head, bag)
    _check_model(heard, bundle, bag)
    if labels is None:
        labels, more = labels_of(bag, None, bundle.classes) if has_labels else ({}, [])
        notes += more
    return _run(heard, head, labels, notes, _about(bag, bundle, settings, deadline), bundle.classes)


def _about(bag: str, bundle: Bundle, settings: Mapping | None, deadline: float) -> About:
    return About(
        bag=bag,
        topic='',
        bundle=bundle.name,
        model_id=bundle.model_id,
        policy='',
        link='live',
        settings={'deadline_ms': 1e3 * deadline} | dict(settings or {}),
    )


def _run(
    heard: Heard,
    head: str,
    labels: Mapping[int, int],
    notes: list[str],
    about: About,
    classes: Sequence[str],
) -> Run:
    timed = heard.results[head]
    topic = _image_topic(heard, {result.stamp for _, result in timed})
    start = heard.images.get(topic) or min(at - round(1e9 * r.total) for at, r in timed)
    results = tuple(replace(r, received=(at - start) / 1e9) for at, r in timed)
    taken, dropped, more = _counted(results, heard.books.get(head, []))
    points = _near(heard.points, head, start)
    policies = Counter(point.policy for _, point in points)
    return Run(
        about=replace(
            about, topic=topic, policy=policies.most_common(1)[0][0] if policies else 'unknown'
        ),
        start=start,
        duration=max(result.received for result in results),
        classes=tuple(classes),
        results=results,
        labels=labels,
        whole={},
        taken=taken,
        dropped=dropped,
        links=_near(heard.links, head, start),
        points=points,
        capacity=(),
        deadline=about.settings['deadline_ms'] / 1e3,
        notes=(*notes, *more, *without_label((r.stamp for r in results), labels)),
    )


def _chosen_head(heard: Heard, head: str | None, bag: str) -> str:
    heads = sorted(heard.results)
    if not heads:
        raise ConfigError(f'bag "{bag}" holds no results of a head: record its topic inference')
    there = f'heads: {", ".join(heads)}'
    if head is None and len(heads) > 1:
        raise ConfigError(
            f'bag "{bag}" holds the results of several robots: choose one with --head ({there})'
        )
    if head is not None and head not in heads:
        raise ConfigError(f'bag "{bag}" holds no results of {head} ({there})')
    return head or heads[0]


def _check_model(heard: Heard, bundle: Bundle, bag: str) -> None:
    """Refuse a bundle that no tail in the bag ran; a bag without heartbeats tells nothing."""
    if heard.models and bundle.model_id not in heard.models:
        ran = heard.models.most_common(1)[0][0]
        raise ConfigError(
            f'bag "{bag}" is of the model {ran[:12]}..., the bundle "{bundle.name}" is '
            f'{bundle.model_id[:12]}...: give the bundle that the robot ran'
        )


def _image_topic(heard: Heard, stamps: set[int]) -> str:
    """Find the topic that the results are about; '' if its images are not in the bag."""
    hits = {topic: len(found & stamps) for topic, found in heard.stamps.items()}
    best = max(hits, key=hits.get, default='')
    return best if hits.get(best) else ''


def _counted(results: Sequence[FrameResult], books: Sequence[Counts]) -> tuple[int, int, list[str]]:
    """Count frames taken and dropped while it was recorded, and say what does not add up."""
    sequences = defaultdict(set)
    for result in results:
        sequences[result.session].add(result.sequence)
    taken = sum(max(seen) - min(seen) + 1 for seen in sequences.values())
    missing = taken - sum(len(seen) for seen in sequences.values())
    notes = [f'results that are missing in the bag: {missing}'] if missing else []
    if len(sequences) > 1:
        notes.append(f'the head was started {len(sequences)} times')
    if not books:
        notes.append('dropped images are not known: /diagnostics is not in the bag')
        return taken, 0, notes
    # Whoever starts to record late has missed what was dropped before.
    before = 0 if min(sequences[results[0].session]) == 1 else books[0].dropped
    return taken, max(books[-1].dropped - before, 0), notes


def _near(heard: list[tuple[str, int, Any]], head: str, start: int) -> tuple:
    """Give what was heard in the head's namespace, or all where it was renamed; s from `start`."""
    namespace = head.rpartition('/')[0]
    own = [entry for entry in heard if entry[0].rpartition('/')[0] == namespace]
    return tuple(((time - start) / 1e9, value) for _, time, value in own or heard)
