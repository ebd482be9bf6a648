"""Files as people have them, each with what Jinko should make of it."""
