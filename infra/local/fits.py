"""Which names of objects can be files in a folder: short enough, plain, and no other name for the same file.

A bucket also takes `a//b`, `./a` and names of 1,024 bytes between two slashes; a folder does not.
"""

from pathlib import PurePosixPath
from typing import Final

MAX_NAME: Final = 3000  # bytes; a path of Linux has 4,096, and the home folder needs some
MAX_PART: Final = 255  # bytes between two slashes: the longest name of a file
PAGE_ROOM: Final = 5  # of them left free in the inbox: a drop's page is named as the drop, and `.md`


def fits(name: str, page: bool) -> bool:
    """Whether a folder can hold this name as it stands; `page`: and a page that is named after it."""
    try:
        sizes = [len(part.encode()) for part in name.split("/")]
    except UnicodeEncodeError:  # a lone surrogate: no name of a bucket
        return False
    plain = PurePosixPath(name).as_posix() == name and not name.startswith("/") and name != "."
    whole = plain and ".." not in PurePosixPath(name).parts and "\0" not in name
    return whole and max(sizes) <= MAX_PART - PAGE_ROOM * page and sum(sizes) + len(sizes) <= MAX_NAME
