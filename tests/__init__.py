"""The tests, one folder per room; `make test-fast` runs the quick ones, `make test` all."""
