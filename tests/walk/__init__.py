"""The whole pipeline, through real subprocesses and real training on the tiny base."""
