"""The crash harness: every step dies before and after everything it writes, and the ending stays the same."""
