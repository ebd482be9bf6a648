"""The house itself: its walls, its tree, its style, what it installs."""
