"""From rows to samples: what the columns mean, found by what is in them; asked where it is not clear."""
