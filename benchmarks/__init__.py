"""Benchmarks: `make bench`, or `python -m benchmarks` where the extra `benchmarks` is installed."""
