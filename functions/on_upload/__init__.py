"""A file became a dataset: readers, columns, checks, split, card, manifest."""
