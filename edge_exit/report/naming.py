"""What tells runs apart: as short as the runs of a report allow."""

from pathlib import PurePath

_KEYS = ('policy', 'link', 'bag', 'topic', 'bundle')


def anchor(index: int) -> str:
    """Give the name of a run's section within the page."""
    return f'run{index + 1}'


def run_names(runs: list[dict]) -> list[str]:
    """Name each run by its policy and by what else is not the same in all of them."""
    differing = [key for key in _KEYS[1:] if len({run[key] for run in runs}) > 1]
    names = [', '.join([run['policy'], *(short(run[key]) for key in differing)]) for run in runs]
    settings = _differing_settings(runs)
    return [
        name if names.count(name) == 1 else f'{name} ({_settings(run, settings) or index + 1})'
        for index, (name, run) in enumerate(zip(names, runs, strict=True))
    ]


def short(path: str) -> str:
    """Give the last part of a path; other words stay as they are."""
    return PurePath(path).name or path if '/' in path and ' ' not in path else path


def _differing_settings(runs: list[dict]) -> list[str]:
    keys = dict.fromkeys(key for run in runs for key in run['settings'])
    return [key for key in keys if len({str(run['settings'].get(key)) for run in runs}) > 1]


def _settings(run: dict, keys: list[str]) -> str:
    return ', '.join(f'{key} {run["settings"][key]}' for key in keys if key in run['settings'])
