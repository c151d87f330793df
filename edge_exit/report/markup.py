"""HTML and SVG from values: what is not markup already is escaped, so no text can become markup."""

from html import escape
from typing import Any

# Elements that have no end tag.
_VOID = {'meta', 'link', 'img', 'br', 'wbr'}


class Markup(str):
    """Text that is markup already."""

    __slots__ = ()


def tag(name: str, /, *children: Any, **attributes: Any) -> Markup:
    """Write an element.

    :param children: markup, text, which is escaped, or lists of both; None is nothing.
    :param attributes: `class_` is class, `stroke_width` is stroke-width; None leaves one out.
    """
    written = ''.join(
        f' {key.rstrip("_").replace("_", "-")}="{escape(_value(value))}"'
        for key, value in attributes.items()
        if value is not None
    )
    if name in _VOID:
        return Markup(f'<{name}{written}>')
    return Markup(f'<{name}{written}>{join(children)}</{name}>')


def join(children: Any) -> Markup:
    """Write one after the other."""
    if children is None:
        return Markup()
    if isinstance(children, Markup):
        return children
    if isinstance(children, list | tuple):
        return Markup(''.join(map(join, children)))
    return Markup(escape(_value(children)))


def _value(value: Any) -> str:
    """Write a number short: a hundredth of a pixel is not seen."""
    if isinstance(value, float):
        return f'{value:.2f}'.rstrip('0').rstrip('.')
    return str(value)
