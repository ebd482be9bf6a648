"""What files mean: turns, pairs, the one question, overrides."""
