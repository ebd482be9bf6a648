"""Whether a file is whole: nobody is writing it any more.

On Linux a read lease is refused as long as any process has the file open for writing; it is taken and
given back at once. Where leases do not work (other systems, network folders, other people's files), a file
that has not changed for two seconds counts as whole. A clock's tick is waited out in any case: within it, a
second change would leave the file's time as it is.
"""

import errno
import fcntl
import os
import time
from pathlib import Path
from typing import Final

REST_SECONDS: Final = 2.0
TICK_SECONDS: Final = 0.01  # of the clock that gives files their time; 1 to 10 ms on Linux before 6.13


def at_rest(path: Path) -> bool:
    """Whether nobody writes this file now. A file that has gone is not at rest."""
    try:
        handle = os.open(path, os.O_RDONLY)
    except OSError:
        return False
    try:
        age = time.time() - os.fstat(handle).st_mtime
        if 0 <= age < TICK_SECONDS:
            time.sleep(TICK_SECONDS - age)
        if hasattr(fcntl, "F_SETLEASE"):
            try:
                fcntl.fcntl(handle, fcntl.F_SETLEASE, fcntl.F_RDLCK)
            except OSError as error:
                if error.errno == errno.EAGAIN:
                    return False
            else:
                fcntl.fcntl(handle, fcntl.F_SETLEASE, fcntl.F_UNLCK)
                return True
        return time.time() - os.fstat(handle).st_mtime >= REST_SECONDS
    finally:
        os.close(handle)
