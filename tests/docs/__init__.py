"""Guides that can be wrong in a way that a program sees: their arithmetic, the commands that they give."""
