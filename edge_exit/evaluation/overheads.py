"""What a frame takes beside the network, s on the machine that bundles are profiled on."""

# What the head does around the network: median of inside_median_ms - network_median_ms in
# benchmarks/results/head_overhead.json.
FRAME_OVERHEAD = 0.0006
# tail_ms - tail_compute_ms in benchmarks/results/offload_round_trip.json.
TAIL_OVERHEAD = 0.0006
