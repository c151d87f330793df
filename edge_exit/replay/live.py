"""A run of the real robot as its own bag holds it, judged as replays are."""

from dataclasses import replace
from pathlib import Path

from edge_exit.bundle import Bundle
from edge_exit.errors import ConfigError
from edge_exit.evaluation.bags.camera import open_camera
from edge_exit.evaluation.bags.labels import labels_of
from edge_exit.evaluation.bags.recorded import recorded_run
from edge_exit.evaluation.run import Run
from edge_exit.replay.asked import Asked, values_for
from edge_exit.replay.evaluating import Done, Source, done, loaded
from edge_exit.replay.known import known_of
from edge_exit.replay.plan import settings_of


def judge_live(
    source: Source, parameters: Path | None, *, head: str | None = None, frames: bool = False
) -> Done:
    """Judge what a bag holds of a robot's results.

    :param parameters: those that the robot had; they are not recorded.
    :param head: full name of the head; None for the only one.
    :param frames: whether the single results are wanted, too.
    :raises ConfigError: if the bag holds no results of that bundle.
    """
    bundle = loaded(source.bundle)
    values = values_for(Asked(None, parameters), bundle)
    labels = None
    if source.labels:
        labels, _ = labels_of(source.bag, source.labels, bundle.classes, source.topic)
    run = recorded_run(
        source.bag,
        bundle=bundle,
        labels=labels,
        head=head,
        deadline=values.head['deadline_ms'] / 1e3,
        settings=settings_of(values),
    )
    return done(run if run.labels else _with_whole(run, source, bundle), bundle, frames=frames)


def _with_whole(run: Run, source: Source, bundle: Bundle) -> Run:
    """Let the whole network see the images, if the bag holds them."""
    try:
        camera = open_camera(source.bag, source.topic)
    except ConfigError as error:
        return replace(run, notes=(*run.notes, f'neither labels nor images: {error}'))
    known = known_of(camera, None, bundle)
    about = replace(run.about, topic=camera.topic)
    return replace(run, about=about, whole=known.whole, notes=(*run.notes, *known.notes))
