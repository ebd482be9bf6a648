"""What the three functions do, one file a step, on the local ground; no torch, no network."""
