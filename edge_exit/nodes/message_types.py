"""The classes of message types that are installed here, by name."""

import importlib


def message_type(name: str) -> type | None:
    """Find the class of a message type; None if its package is not installed here."""
    package, _, rest = name.partition('/')
    try:
        return getattr(importlib.import_module(f'{package}.msg'), rest.rpartition('/')[2], None)
    except ImportError:
        return None


def has_header(message_class: type) -> bool:
    """Say whether messages of a class begin with a std_msgs/Header, and so with its stamp."""
    fields = message_class.get_fields_and_field_types()
    return next(iter(fields.items()), None) == ('header', 'std_msgs/Header')
