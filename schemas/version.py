"""Jinko's version, as pyproject.toml has it: it is written into what Jinko publishes."""

from typing import Final

VERSION: Final = "0.1.0"
