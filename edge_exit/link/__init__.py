"""Link quality estimation, capacity traces and link emulation."""
