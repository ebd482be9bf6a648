"""Benchmarks: measured when somebody asks (`make bench-prepare`), with small versions as tests."""
