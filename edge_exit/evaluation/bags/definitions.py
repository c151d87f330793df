"""Messages read by the definitions that their bag holds, whatever distribution recorded it."""

from collections.abc import Iterable
from typing import Any

from rosbags.interfaces import Connection
from rosbags.interfaces import MessageDefinitionFormat as Format
from rosbags.typesys import Stores, get_types_from_idl, get_types_from_msg, get_typestore
from rosbags.typesys.store import Typestore

from edge_exit.errors import ConfigError

DISTRIBUTIONS = {store.value: store for store in Stores if store.value.startswith('ros2_')}


class Definitions:
    """Definitions of all types of a bag.

    Each type has a store of its own: two types of one bag may disagree on what they are made of.

    :param bag: path of the bag, for messages of errors.
    :param distribution: that it was recorded on, such as `jazzy`; '' if it does not say.
    """

    def __init__(self, bag: str, connections: Iterable[Connection], distribution: str) -> None:
        self._bag = bag
        self._texts = {c.msgtype: c.msgdef for c in connections}
        self._distribution = distribution
        self._stores: dict[str, Typestore] = {}

    def read(self, name: str, serialised: bytes) -> Any:
        """Give the fields of a message.

        :raises ConfigError: if the bag holds no definition of its type, or one that does not fit.
        """
        if name not in self._stores:
            self._stores[name] = self._store(name)
        try:
            return self._stores[name].deserialize_cdr(serialised, name)
        except Exception as error:  # a wrong definition fails in many ways
            raise ConfigError(
                f'bag "{self._bag}": a message is not what the definition of {name} in the bag '
                f'says: {error}'
            ) from error

    def _store(self, name: str) -> Typestore:
        text = self._texts[name]
        if text.format == Format.NONE or not text.data.strip():
            return self._of_distribution(name)
        parse = get_types_from_idl if text.format == Format.IDL else get_types_from_msg
        arguments = (text.data,) if text.format == Format.IDL else (text.data, name)
        try:
            types = parse(*arguments)
            # Some writers leave out what is standard, others define it as it was in their time.
            return _with(Stores.EMPTY, types, name) or _with(Stores.LATEST, types, name)
        except Exception as error:
            raise ConfigError(
                f'bag "{self._bag}": the definition of {name} in it cannot be read: {error}'
            ) from error

    def _of_distribution(self, name: str) -> Typestore:
        """Take a standard type as it is in the bag's distribution."""
        store = get_typestore(
            DISTRIBUTIONS.get(f'ros2_{self._distribution.lower()}', Stores.LATEST)
        )
        if name not in store.fielddefs:
            raise ConfigError(
                f'bag "{self._bag}" holds no definition of {name}: record it as mcap, or convert '
                'it with `ros2 bag convert` where that type is installed'
            )
        return store


def _with(base: Stores, types: dict, name: str) -> Typestore | None:
    """Make a store of some types; None if they need others that it lacks."""
    store = get_typestore(base)
    store.register(types)
    try:
        store.get_msgdef(name)
    except KeyError:
        return None
    return store
