"""A Hugging Face Hub on this machine for tests, and what publishing does on it."""
