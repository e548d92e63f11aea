"""Starts Kontor's processes without the wait for imports: by forking one that has them already.

Each line it reads is an order, ``{"arguments": [module, …], "log": path}``; it answers with the
number of the process. That process is what ``python -m module …`` would be.
"""

import json
import os
import runpy
import signal
import sys
from collections.abc import Callable
from importlib import import_module
from typing import NoReturn

from app import api, web
from app.dev.child import dying_with_parent
from app.main import routers

_IMPORTED_BEFORE = ("app.core.stalled", "uvicorn", "uvloop", "httptools")


def main() -> None:
    for name in _IMPORTED_BEFORE:
        import_module(name)
    routers(api)
    routers(web)
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)  # the dead leave no trace
    for line in sys.stdin:
        order = json.loads(line)
        tie = dying_with_parent(signal.SIGKILL)
        number = os.fork()
        if not number:
            _become(order["arguments"], order["log"], tie)
        print(number, flush=True)  # noqa: T201 - the answer


def _become(arguments: list[str], log: str, tie: Callable[[], None] | None) -> NoReturn:
    signal.signal(signal.SIGCHLD, signal.SIG_DFL)
    if tie:
        tie()
    nothing, output = os.open(os.devnull, os.O_RDONLY), os.open(log, os.O_WRONLY | os.O_APPEND)
    for ours, theirs in ((nothing, 0), (output, 1), (output, 2)):
        os.dup2(ours, theirs)
    sys.argv = arguments
    code = 0
    try:
        runpy.run_module(arguments[0], run_name="__main__", alter_sys=True)
    except SystemExit as ended:
        code = ended.code if isinstance(ended.code, int) else 1
    finally:
        sys.stdout.flush()
        sys.stderr.flush()
    os._exit(code)


if __name__ == "__main__":
    main()
