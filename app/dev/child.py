"""Run one module as a child that never outlives its supervisor, not even after ``kill -9``.

The supervisor holds the other end of this process's standard input and never writes to it:
an end of file means that it is gone. On Linux the kernel says so as well, to any program.
"""

import ctypes
import gc
import os
import runpy
import signal
import sys
import threading
import time
from collections.abc import Callable

_PR_SET_PDEATHSIG = 1
_SECONDS_TO_FINISH = 8


def dying_with_parent(how: signal.Signals) -> Callable[[], None] | None:
    """Return what a forked child calls so that it gets the signal ``how`` when its parent dies.

    None where the kernel offers no such thing. Linux ties it to the thread that forks, so fork
    in the main one.
    """
    if not sys.platform.startswith("linux"):
        return None
    libc = ctypes.CDLL(None)  # loaded before the fork: no imports between fork and exec
    parent = os.getpid()

    def arrange() -> None:
        libc.prctl(_PR_SET_PDEATHSIG, how)
        if os.getppid() != parent:
            os._exit(1)

    return arrange


def _end_with_supervisor() -> None:
    while os.read(0, 1024):
        pass
    os.kill(os.getpid(), signal.SIGTERM)
    time.sleep(_SECONDS_TO_FINISH)
    os._exit(1)


def main() -> None:
    """Run the module named first on the command line with the rest as its arguments."""
    threading.Thread(target=_end_with_supervisor, name="lifeline", daemon=True).start()
    gc.disable()  # until ``app.runtime`` has opened everything: what is loaded is no garbage
    del sys.argv[0]
    runpy.run_module(sys.argv[0], run_name="__main__", alter_sys=True)


if __name__ == "__main__":
    main()
