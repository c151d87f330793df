"""From a recording to parameters: search on its first half, check on its second."""

import tempfile
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import Any

from edge_exit.bundle import Bundle
from edge_exit.evaluation.bags.camera import Camera, open_camera
from edge_exit.policy.overheads import opening_time
from edge_exit.policy.profile import profile_of
from edge_exit.replay.asked import Asked, plan_for, values_for
from edge_exit.replay.evaluating import Source, learn, loaded, spread
from edge_exit.replay.plan import Plan
from edge_exit.tuning import parameter_file, promise
from edge_exit.tuning.candidates import candidates
from edge_exit.tuning.parts import halves
from edge_exit.tuning.search import Wish, best_of, described, search
from edge_exit.tuning.trying import Errand, Tried, Try, attempt

# The whole network on board: nothing leaves early, nothing is sent.
WHOLE = Try('static', {'offload': False, 'exit_threshold': 2.0})


@dataclass(frozen=True, slots=True)
class Order:
    """What is to be tuned.

    :ivar asked: the user's world and the parameters to begin with.
    :ivar points: operating points that are tried at most.
    :ivar seconds: of each half that are replayed at most.
    :ivar jobs: processes at one time; 0 for one a core.
    """

    source: Source
    asked: Asked
    wish: Wish
    points: int
    seconds: float
    jobs: int


@dataclass(frozen=True, slots=True)
class Tuned:
    """What was found.

    :ivar text: what it costs and gains, for the user to read.
    :ivar parameters: a ROS parameter file.
    :ivar broken: what the second half does not keep of what the first one promised.
    """

    text: str
    parameters: str
    broken: tuple[str, ...]


def tune(order: Order, bar: Any) -> Tuned:
    """Search and check.

    :param bar: makes a progress bar (`tqdm`).
    :raises ConfigError: if the bag is too short, or nothing that was tried is good enough.
    """
    source, wish = order.source, order.wish
    camera, bundle = open_camera(source.bag, source.topic), loaded(source.bundle)
    plan = plan_for(order.asked, bundle, source.bag, camera.start)
    first, second = halves(camera, order.seconds)
    known = learn(source, bar, always=True)
    errand = partial(Errand, source=source, asked=order.asked, known=known)
    on_first = partial(errand, begin=first[0], end=first[1])
    on_second = partial(errand, begin=second[0], end=second[1])
    work = partial(_work, jobs=order.jobs, bar=bar)
    tries = _tries(order, bundle, plan, camera, second[1])
    best = best_of(search([on_first(what) for what in tries], wish, work), wish)
    begun = Try(plan.values.policy['policy'])
    whole, before = work([on_first(WHOLE), on_first(begun)])
    text = _parameters(order, bundle, plan, best)
    after = _loaded_from(text, on_second(Try(best.what.policy)), work)
    rows = [
        ('whole network on board', whole),
        (f'{begun.policy}, as it was', before),
        ('found', best),
        ('found, on the second half', after),
    ]
    notes = [*best.notes, *promise.beyond(after, wish)]
    report = [described(best), '', promise.table(rows), *(f'note: {note}' for note in notes)]
    return Tuned('\n'.join(report), text, tuple(promise.broken(best, after, wish)))


def _loaded_from(text: str, errand: Errand, work: Callable[..., list[Tried]]) -> Tried:
    """Do an errand with the parameters as a robot would load them."""
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / 'found.yaml'
        parameter_file.write(file, text)
        (tried,) = work([replace(errand, asked=replace(errand.asked, parameters=file))])
    return tried


def _work(errands: Sequence[Errand], *, jobs: int, bar: Any) -> list[Tried]:
    return list(spread(attempt, errands, jobs, bar, by_image=False))


def _tries(order: Order, bundle: Bundle, plan: Plan, camera: Camera, length: float) -> list[Try]:
    return candidates(
        profile_of(bundle),
        plan,
        max_loss=order.wish.max_loss,
        latency=order.wish.latency_ms / 1e3,
        rate=camera.frames / length,
        opening=_opening(camera),
        points=order.points,
    )


def _opening(camera: Camera) -> float:
    """Give how long the reference machine takes to open the first image, s."""
    image = next((image for _, _, image in camera.images()), None)
    pixels = 0 if image is None else image.shape[0] * image.shape[1]
    return opening_time(pixels, compressed=camera.compressed)


def _parameters(order: Order, bundle: Bundle, plan: Plan, best: Tried) -> str:
    chosen = {**order.asked.chosen, **best.what.chosen}
    values = values_for(replace(order.asked, policy=best.what.policy, chosen=chosen), bundle)
    figures = best.figures
    comments = (
        f'Found by edge_exit tune on {order.source.bag}, link {plan.link_name}, for robots '
        f'{order.asked.robot_slowdown:g} times slower than the profile:',
        f'at most {100 * order.wish.max_loss:g} points lost, 9 in 10 frames within '
        f'{order.wish.latency_ms:g} ms, least {order.wish.goal}.',
        f'Promised: {figures["accuracy"]:.2%} right ({100 * best.loss:+.2f} points lost), '
        f'{figures["latency_ms_mean"]:.1f} ms, {1e3 * figures["energy_j_per_frame"]:.1f} mJ and '
        f'{figures["bytes_per_frame"]:.0f} bytes a frame.',
    )
    folder = Path(order.source.bundle)
    name = str(folder.resolve()) if folder.exists() else order.source.bundle
    return parameter_file.text_of(values, name, comments)
