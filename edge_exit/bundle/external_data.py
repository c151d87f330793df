"""Where an ONNX graph takes its weights from."""

# Key of a graph's entries that say which file a weight lies in.
_LOCATION = b'location'


def stays_inside(graph: bytes) -> bool:
    """Say whether all weights of a graph lie in its own folder.

    Older ONNX Runtimes would read them from anywhere. Looks at the bytes of the graph: wherever the
    key `location` stands, a well-formed entry with a plain file name must be around it.
    """
    graph += bytes(10)  # a key at the very end has an empty value
    place = graph.find(_LOCATION)
    while place >= 0:
        if not _is_plain(graph, place):
            return False
        place = graph.find(_LOCATION, place + 1)
    return True


def _is_plain(graph: bytes, place: int) -> bool:
    """Say whether the key at a place is in an entry of external_data that names a plain file."""
    size = graph[place + 9]
    name = graph[place + 10 : place + 10 + size]
    entry = b'j' + bytes([size + 12]) + b'\n\x08' + _LOCATION + b'\x12' + bytes([size]) + name
    return (
        graph[place - 4 : place + 10 + size] == entry
        and size < 100
        and not {b'/', b'\\'} & {name[i : i + 1] for i in range(size)}
    )
