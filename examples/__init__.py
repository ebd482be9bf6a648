"""Example data, an example base model, and the programs that make both from nothing but a seed."""
