"""Why Kontor cannot start here, in words for the terminal; and the locks that find out."""

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path


class CannotRun(Exception):  # noqa: N818 - a sentence for the terminal, not a fault
    """Kontor cannot start here; the text tells the person why and what to do."""


@contextmanager
def held(path: Path, otherwise: str) -> Iterator[None]:
    """Hold a lock file while the block runs; refuse with ``otherwise`` and its holder's number.

    The kernel lets go of the lock when its holder dies, however that happens.
    """
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        file = path.open("a+")
    except OSError as failure:
        msg = f"{path.parent} cannot be written to: {failure.strerror}."
        raise CannotRun(msg) from failure
    with file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as taken:
            file.seek(0)
            msg = f"{otherwise} (held by process {file.read().strip() or 'unknown'})"
            raise CannotRun(msg) from taken
        file.truncate(0)
        file.write(str(os.getpid()))
        file.flush()
        yield
