"""Benchmarks: measured when somebody asks (`make bench-prepare`, `bench-train`), small versions as tests."""
