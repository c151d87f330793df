"""Definitions of installed message types as text, for recordings that others read without them."""

import re

from rosbags.typesys import Stores, get_types_from_msg, get_typestore
from rosbags.typesys.store import Typestore

from edge_exit.errors import ConfigError
from edge_exit.nodes.message_types import message_type

# Names that a class and a definition do not share.
NAMES = {'boolean': 'bool', 'octet': 'byte', 'float': 'float32', 'double': 'float64'}
SEQUENCE = re.compile(r'sequence<(?P<element>.+?)(?:, (?P<most>\d+))?>$')
ARRAY = re.compile(r'(?P<element>.+)\[(?P<size>\d+)\]$')
BOUNDED = re.compile(r'string<(?P<most>\d+)>$')


def define(store: Typestore, name: str) -> None:
    """Add a type and all that it is made of to a store, as it is installed here.

    :raises ConfigError: if it is not installed, or has fields that cannot be recorded.
    """
    if name in store.fielddefs:
        return
    message_class = message_type(name)
    if message_class is None:
        raise ConfigError(f'the type {name} is not installed here')
    fields = message_class.get_fields_and_field_types()
    lines = [f'{_type(kind)} {field}' for field, kind in fields.items()]
    for kind in fields.values():
        element = _element(kind)
        if '/' in element:
            define(store, element.replace('/', '/msg/', 1))
    try:
        store.register(get_types_from_msg('\n'.join(lines), name))
    except Exception as error:  # wstring and long double, which rosbags does not know
        raise ConfigError(f'the type {name} cannot be recorded: {error}') from error


def empty_store() -> Typestore:
    """Give a store with nothing in it but what every definition may use."""
    return get_typestore(Stores.EMPTY)


def _element(kind: str) -> str:
    match = SEQUENCE.match(kind) or ARRAY.match(kind)
    return match['element'] if match else kind


def _type(kind: str) -> str:
    """Write a field's type as a .msg file does."""
    if match := SEQUENCE.match(kind):
        most = f'<={match["most"]}' if match['most'] else ''
        return f'{_type(match["element"])}[{most}]'
    if match := ARRAY.match(kind):
        return f'{_type(match["element"])}[{match["size"]}]'
    if match := BOUNDED.match(kind):
        return f'string<={match["most"]}'
    return NAMES.get(kind, kind)
