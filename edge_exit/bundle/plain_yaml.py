"""YAML that holds nothing but plain values."""

from typing import Any

import yaml

from edge_exit.errors import BundleError

DEEPEST = 20


class _PlainLoader(yaml.SafeLoader):
    """Reads plain values only: no tags that make objects, no aliases that multiply, no depths.

    Not libyaml's loader, which is faster but would not ask here, and crashes on deep nesting.
    """

    _depth = 0

    def compose_node(self, parent: Any, index: Any) -> Any:
        """Compose anything but an alias or what lies too deep."""
        if self.check_event(yaml.AliasEvent):
            raise yaml.YAMLError('aliases are not allowed')
        if self._depth == DEEPEST:
            raise yaml.YAMLError(f'nested deeper than {DEEPEST}')
        self._depth += 1
        try:
            return super().compose_node(parent, index)
        finally:
            self._depth -= 1


def parse(content: bytes, where: str) -> Any:
    """Parse the content of a file.

    :param where: name of the file, for the message.
    :raises BundleError: if it is anything but plain YAML.
    """
    try:
        return yaml.load(content, _PlainLoader)
    except (yaml.YAMLError, ValueError, RecursionError) as error:
        raise BundleError(f'{where} is not plain YAML: {error}') from error
