"""Calibrate a bundle on labelled pictures, and keep what came of it if that is wanted."""

import shutil
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from edge_exit.bundle import Bundle, loading, rewriting
from edge_exit.evaluation import calibrating, labelled
from edge_exit.evaluation.observing import Observed, observe_files
from edge_exit.folders import put_in_place


@dataclass(frozen=True, slots=True)
class Calibrated:
    """A calibrated copy of a bundle, and what was measured.

    :ivar report: ready for JSON: as `calibrating.summary` gives it, and of each exit what it was.
    """

    bundle: Bundle
    report: dict

    def keep(self, target: Path) -> Bundle:
        """Write it into a folder, in the place of the bundle that lies there, if any."""
        new = target.with_name(f'{target.name}.new')
        shutil.rmtree(new, ignore_errors=True)
        shutil.copytree(self.bundle.path, new)
        put_in_place(new, target)
        return loading.load(target)


@contextmanager
def calibrated(
    bundle: Bundle,
    folder: Path,
    *,
    rule: str,
    max_loss: float,
    progress: Callable = lambda steps, **_: steps,
) -> Iterator[Calibrated]:
    """Make a calibrated copy in a temporary folder; figures are those of this very copy.

    :param folder: one folder of pictures for each class.
    :param rule: exit rule whose curve is reported.
    :param max_loss: loss of accuracy that thresholds are chosen for, percentage points.
    :raises ConfigError: if the folder cannot be used.
    """
    files = labelled.labelled_files(folder, bundle)
    before = observe_files(files, bundle, progress=progress)
    with tempfile.TemporaryDirectory() as place:
        copy = rewriting.recalibrate(
            bundle, Path(place) / 'calibrated', calibrating.temperatures(before)
        )
        after = observe_files(files, copy, progress=progress)
        losses = sorted({*calibrating.LOSSES, max_loss})
        found = calibrating.summary(after, copy, rule=rule, losses=losses)
        # Other figures in the manifest are those of the former temperatures.
        kept = rewriting.update(copy, {'metrics': {'calibration': found}})
        yield Calibrated(kept, _report(found, kept, _former(bundle, before)))


def _former(bundle: Bundle, before: Observed) -> list[dict]:
    was = [segment.exit.temperature for segment in bundle.segments]
    at_1, as_it_was = calibrating.errors(before, [1.0] * len(was)), calibrating.errors(before, was)
    return [
        {'temperature_before': temperature, 'ece_at_1': plain, 'ece_before': error}
        for temperature, plain, error in zip(was, at_1, as_it_was, strict=True)
    ]


def _report(found: dict, kept: Bundle, former: list[dict]) -> dict:
    exits = [
        {**was, 'temperature': segment.exit.temperature, **now}
        for segment, was, now in zip(kept.segments, former, found['exits'], strict=True)
    ]
    head = {'bundle': kept.name, 'model_id': kept.model_id, 'whole_macs': kept.backbone.macs}
    return {**head, **found, 'exits': exits}
