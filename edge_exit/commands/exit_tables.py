"""Lines about exit thresholds that `calibrate` and `inspect` both print."""

from collections.abc import Sequence

HEADER = 'threshold  accuracy   loss  mean MMAC  of whole'


def curve_lines(found: dict, whole_macs: int) -> list[str]:
    """Show the curve of accuracy against cost.

    :param found: as `calibrating.summary` gives it.
    """
    rows = [_row(point, found['whole_accuracy'], whole_macs) for point in found['curve']]
    return [f'rule {found["rule"]}:', HEADER, *rows]


def threshold_lines(
    found: dict, whole_macs: int, losses: Sequence[float] | None = None
) -> list[str]:
    """Show the threshold of each rule for allowed losses; all that there are if None."""
    lines = [f'rule          points  {HEADER}']
    for row in found['thresholds']:
        if losses is None or row['max_loss'] in losses:
            note = '' if row['kept'] else '  (none loses so little)'
            point = _row(row, found['whole_accuracy'], whole_macs)
            lines.append(f'{row["rule"]:12}  {row["max_loss"]:6g}  {point}{note}')
    return lines


def _row(point: dict, whole_accuracy: float, whole_macs: int) -> str:
    loss = 100 * (whole_accuracy - point['accuracy'])
    return (
        f'{point["threshold"]:9.5f}  {point["accuracy"]:8.2%}  {loss:5.2f}'
        f'  {point["mean_macs"] / 1e6:9.2f}  {point["mean_macs"] / whole_macs:8.3f}'
    )
