"""What the training commands have in common: their settings as options, and going on."""

import dataclasses
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from edge_exit.errors import ConfigError


def number_or_text(field: dataclasses.Field) -> type:
    """Give what reads the option of a setting that is one number or text."""
    return type(field.default) if isinstance(field.default, (int, float)) else str


def several(number: type) -> Callable[[str], tuple]:
    """Give what reads an option of numbers between commas."""
    return lambda text: tuple(number(part) for part in text.split(',') if part)


def given_settings(args: object, config_type: type) -> dict[str, Any]:
    """Give the settings that were named on the command line."""
    names = [field.name for field in dataclasses.fields(config_type)]
    return {name: getattr(args, name) for name in names if getattr(args, name) is not None}


def say_reached(accuracies: Sequence[float], pictures: int, out: str) -> None:
    """Print what each exit reached on the validation pictures, and where the network lies."""
    for index, accuracy in enumerate(accuracies):
        print(f'exit {index}: {accuracy:.2%} of {pictures} validation pictures')
    print(f'written: {out}/final')


def refuse_changes(config: object, given: Mapping[str, Any], *, besides: tuple[str, ...]) -> None:
    """Let nothing but where the training lies be named again when it goes on.

    :param besides: settings that say where.
    :raises ConfigError: names what differs from the settings that it was begun with.
    """
    for name, value in given.items():
        if name not in besides and value != getattr(config, name):
            raise ConfigError(
                f'--resume goes on with {name} {getattr(config, name)}, not {value}: '
                'leave the option away, or train anew into another --out'
            )
