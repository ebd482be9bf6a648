"""What stands in for Google Cloud on one machine, and the tests that only it can carry.

Everything here is marked `cloud`: it needs Java and gcloud's emulators (see `tests.cloud.emulators`).
"""
