"""What a frame takes beside the network, s on the machine that bundles are profiled on."""

# Opening an image: to decode, cut and resize it takes so long, and more for each of its pixels, raw
# or as a JPEG. Lines through the medians in benchmarks/results/image_opening.json.
_OPENING, _RAW_PIXEL, _JPEG_PIXEL = 0.0001, 1e-9, 4e-9


def opening_time(pixels: int, *, compressed: bool) -> float:
    """Give how long opening an image takes, s."""
    return _OPENING + pixels * (_JPEG_PIXEL if compressed else _RAW_PIXEL)


# What the head computes for a frame beside the network: head_median_ms in
# benchmarks/results/head_overhead.json. And the part of it in which the image is opened, a raw one
# of 640x480: opening_median_ms.
FRAME_OVERHEAD = 0.0005
OPENING = opening_time(640 * 480, compressed=False)
# From the image's arrival until it computes, and from then to the result: around_median_ms there.
RESULT_OVERHEAD = 0.00025
# tail_ms - tail_compute_ms in benchmarks/results/offload_round_trip.json.
TAIL_OVERHEAD = 0.0008
# What DDS and both ends add to the way of one message, half of it at each end, so that a frame and
# its answer take it once at the robot and once at the tail: half of round_trip_ms - tail_ms less
# that of ideal_ms - tail_compute_ms, in the same file, at 20 and 100 Mbit/s.
MESSAGE_OVERHEAD = 0.0004
