"""Measurements on the real servers: `python -m tests.benchmarks [--short] [--only a,b] [--readme]`."""
