"""One suite of sentences for the four ports, the same for every ground."""
