"""Benchmarks: `make bench-speed`, or `python -m benchmarks.speed` where the extra `benchmarks` is installed."""
