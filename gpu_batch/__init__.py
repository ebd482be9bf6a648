"""The container's jobs: train an adapter, measure it, export it. The only room that knows torch.

`python -m gpu_batch --help` runs one job. Importing this package imports nothing: every module takes its own
heavy libraries when it is imported, and `gpu_batch.text` takes none at all.
"""
