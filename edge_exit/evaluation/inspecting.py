"""All that is known of a bundle, in one table of values."""

from edge_exit.bundle import Bundle
from edge_exit.errors import BundleError
from edge_exit.evaluation.exit_curves import spent_macs


def inspect(bundle: Bundle, calibration: dict | None = None) -> dict:
    """Gather what a bundle says of itself, ready for JSON.

    :param calibration: as `calibrating.summary` gives it; that of the manifest if None.
    :returns: name, model_id, size_bytes, classes, picture, whole, segments, splits, calibration
        (None where there is none).
    :raises BundleError: if the manifest's calibration is not of this kind.
    """
    calibration = calibration or _stored(bundle)
    picture, files = bundle.preprocessing, bundle.path.iterdir()
    backbone = bundle.backbone
    return {
        'name': bundle.name,
        'model_id': bundle.model_id,
        'size_bytes': sum(file.stat().st_size for file in files if file.is_file()),
        'classes': len(bundle.classes),
        'picture': [picture.height, picture.width, picture.channels],
        'whole': {
            'macs': backbone.macs,
            'parameters': backbone.parameters,
            'reference_ms': backbone.reference_ms,
            'accuracy': backbone.accuracy,
        },
        'segments': [_segment(bundle, index, calibration) for index in range(len(bundle.segments))],
        'splits': [_split(bundle, split) for split in range(len(bundle.splits))],
        'calibration': calibration,
    }


def _segment(bundle: Bundle, index: int, calibration: dict | None) -> dict:
    segment = bundle.segments[index]
    measured = calibration['exits'][index] if calibration else {}
    return {
        'macs': segment.macs,
        'exit_macs': segment.exit.macs,
        'spent_of_whole': float(spent_macs(bundle)[index] / bundle.backbone.macs),
        'parameters': segment.parameters,
        'reference_ms': segment.reference_ms,
        'temperature': segment.exit.temperature,
        'accuracy': measured.get('accuracy', segment.exit.accuracy),
        'ece': measured.get('ece'),
        'believed_accuracy': measured.get('believed_accuracy'),
        'believed_ece': measured.get('believed_ece'),
    }


def _split(bundle: Bundle, index: int) -> dict:
    split = bundle.splits[index]
    accuracy = split.accuracy or (None,) * len(split.bytes)
    levels = zip(bundle.codec_levels, split.bytes, accuracy, strict=True)
    small = split.bottleneck
    return {
        'split': split.split,
        'shape': list(split.shape),
        'levels': [
            {'name': level.name, 'bytes': size, 'accuracy': share} for level, size, share in levels
        ],
        'encoder_macs': small.encoder_macs if small else None,
        'decoder_macs': small.decoder_macs if small else None,
    }


def _stored(bundle: Bundle) -> dict | None:
    """Give the manifest's calibration; metrics are the only part of it that nobody has checked."""
    found = bundle.metrics.get('calibration')
    if found is None:
        return None
    try:
        for row in found['exits']:
            _numbers(row['accuracy'], row['ece'], row['believed_ece'], *row['right'], *row['wrong'])
        for row in (*found['curve'], *found['thresholds']):
            _numbers(row['threshold'], row['accuracy'], row['mean_macs'])
        for row in found['thresholds']:
            _numbers(row['max_loss'], len(row['rule']), row['kept'])
        _numbers(found['pictures'], found['whole_accuracy'], len(found['rule']))
        if len(found['exits']) != len(bundle.segments) or not found['curve']:
            raise ValueError('exits or curve have another length')
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        raise BundleError(
            f'{bundle.path}: metrics: calibration is not as `edge_exit calibrate` writes it '
            f'({type(error).__name__}: {error}): calibrate the bundle anew'
        ) from error
    return found


def _numbers(*values: object) -> None:
    for value in values:
        if not isinstance(value, int | float):
            raise TypeError(f'{value!r:.40} is not a number')
