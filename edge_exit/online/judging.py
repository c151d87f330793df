"""The run that an online replay has recorded, as judging takes it."""

from dataclasses import replace

from edge_exit.bundle import Bundle
from edge_exit.evaluation.bags.camera import Camera
from edge_exit.evaluation.bags.labels import without_label
from edge_exit.evaluation.bags.recorded import recorded_run
from edge_exit.evaluation.run import Run
from edge_exit.online.settings import HEAD_NAME, Settings
from edge_exit.replay.plan import Plan
from edge_exit.replay.replaying import Known


def run_of(settings: Settings, plan: Plan, camera: Camera, known: Known, bundle: Bundle) -> Run:
    """Give the run that the new bag holds, with what the played one knows of its images.

    :raises ConfigError: if nothing was recorded.
    """
    run = recorded_run(
        str(settings.recording),
        bundle=bundle,
        labels=known.labels,
        head=HEAD_NAME,
        deadline=plan.values.head['deadline_ms'] / 1e3,
        settings=plan.settings() | {'times': 'live'},
    )
    unheard = camera.frames - run.taken - run.dropped
    notes = [f'images that did not reach the head: {unheard}'] if unheard > 0 else []
    missing = set(without_label((result.stamp for result in run.results), known.labels))
    return replace(
        run,
        about=replace(
            run.about, bag=camera.bag, topic=camera.topic, link=f'live, {plan.link_name}'
        ),
        whole=known.whole,
        notes=(*(n for n in run.notes if n not in missing), *known.notes, *notes),
    )
