"""Wildcards as people and the Hub write them: `*` within a folder, `**` across folders, `?`, `[ab]`."""

import re
from functools import lru_cache
from typing import Final

MAGIC: Final = re.compile(r"[*?\[]")


def is_wildcard(pattern: str) -> bool:
    """Whether a name is meant for more than itself."""
    return bool(MAGIC.search(pattern))


def start(pattern: str) -> str:
    """The part before the first wildcard: what every name that fits starts with."""
    found = MAGIC.search(pattern)
    return pattern[: found.start()] if found else pattern


def fits(pattern: str, name: str) -> bool:
    """Whether a name is meant by a pattern; by a pattern that ends in a slash, everything below it."""
    return bool(_compiled(f"{pattern}**" if pattern.endswith("/") else pattern).fullmatch(name))


@lru_cache(maxsize=64)
def _compiled(pattern: str) -> re.Pattern[str]:
    pieces = re.split(r"(\*\*/|\*\*|\*|\?|\[[^\]]+\])", pattern)
    return re.compile("".join(map(_piece, pieces)), re.DOTALL)


def _piece(piece: str) -> str:
    words = {"**/": "(?:.*/)?", "**": ".*", "*": "[^/]*", "?": "[^/]"}
    if piece in words:
        return words[piece]
    if piece.startswith("[") and piece.endswith("]") and len(piece) > 2:
        return f"[{'^' if piece[1] in '!^' else ''}{re.escape(piece[1:-1].lstrip('!^'))}]".replace(r"\-", "-")
    return re.escape(piece)
