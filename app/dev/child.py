"""Run one module as a child that never outlives its supervisor, not even after ``kill -9``.

The supervisor holds the other end of this process's standard input. It writes one line there: the
address of the database, as soon as that can be used. Until then the child loads what it will
need. An end of file means that the supervisor is gone. On Linux the kernel says so as well, to
any program.
"""

import ctypes
import gc
import os
import pkgutil
import runpy
import signal
import sys
import threading
import time
from collections.abc import Callable
from importlib import import_module
from queue import SimpleQueue

_PR_SET_PDEATHSIG = 1
_SECONDS_TO_FINISH = 8

_told = SimpleQueue[str]()


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


def _listen_to_supervisor() -> None:
    line = b""
    while said := os.read(0, 1024):
        line += said
        if line.endswith(b"\n"):
            _told.put(line.decode().strip())
    os.kill(os.getpid(), signal.SIGTERM)
    time.sleep(_SECONDS_TO_FINISH)
    os._exit(1)


def _load(name: str) -> None:
    """Import a module, or a package with all its modules."""
    package = import_module(name)
    for module in pkgutil.walk_packages(getattr(package, "__path__", ()), f"{name}."):
        import_module(module.name)


def main() -> None:
    """Load the comma-separated first argument; once told where the database is, run the second.

    The other arguments are the module's own.
    """
    threading.Thread(target=_listen_to_supervisor, name="lifeline", daemon=True).start()
    gc.disable()  # until ``app.runtime`` has opened everything: what is loaded is no garbage
    _, names, *sys.argv = sys.argv
    for name in names.split(","):
        _load(name)
    os.environ["KONTOR_DATABASE_URL"] = _told.get()
    runpy.run_module(sys.argv[0], run_name="__main__", alter_sys=True)


if __name__ == "__main__":
    main()
