"""What a frame takes beside the network, s on the machine that bundles are profiled on."""

# What the head computes for a frame beside the network: head_median_ms in
# benchmarks/results/head_overhead.json.
FRAME_OVERHEAD = 0.0005
# From the image's arrival until it computes, and from then to the result: around_median_ms there.
RESULT_OVERHEAD = 0.00025
# What it takes more for each pixel of a compressed image, which is opened first: a JPEG of 640x480.
OPENING_OVERHEAD = 4e-9
# tail_ms - tail_compute_ms in benchmarks/results/offload_round_trip.json.
TAIL_OVERHEAD = 0.0008
# What DDS and both ends add to the way of one message, half of it at each end, so that a frame and
# its answer take it once at the robot and once at the tail: half of round_trip_ms - tail_ms less
# that of ideal_ms - tail_compute_ms, in the same file, at 20 and 100 Mbit/s.
MESSAGE_OVERHEAD = 0.0004
