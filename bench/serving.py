"""The processes under load: the application as ``kontor run`` serves it, and the bare endpoint."""

import os
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

from app.dev.child import dying_with_parent
from bench.database import ROOT
from bench.targets import Target
from bench.wrk import CannotMeasureError

HOST: Final = "127.0.0.1"
KONTOR: Final = ("app.main:create_app", "--factory")
BARE: Final = ("bench.bare:app",)
_OPTIONS: Final = ("--no-access-log", "--no-server-header", "--no-proxy-headers")
_SECONDS_TO_START: Final = 120


def environment_of(dsn: str, var: Path) -> dict[str, str]:
    """Return the settings of a Kontor that is measured: no limits, all imported companies shown."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith("KONTOR_")}
    return kept | {
        "KONTOR_DATABASE_URL": dsn,
        "KONTOR_VAR_DIR": str(var),
        "KONTOR_RATE_LIMITS": "false",
        "KONTOR_PUBLISH_IMPORTED_STUBS": "true",
        "PYTHONPATH": str(ROOT),
    }


@contextmanager
def served(application: tuple[str, ...], environment: dict[str, str], var: Path) -> Iterator[str]:
    """Serve an application with one uvicorn process; yield its address."""
    port = _free_port()
    where = (f"--host={HOST}", f"--port={port}", "--log-level=warning", *_OPTIONS)
    log = var / f"{application[0].partition(':')[0]}.log"
    with log.open("wb") as output:
        process = subprocess.Popen(  # noqa: S603 - our own program
            [sys.executable, "-m", "uvicorn", *application, *where],
            env=environment,
            cwd=ROOT,
            stdout=output,
            stderr=output,
            preexec_fn=dying_with_parent(signal.SIGTERM),  # noqa: PLW1509 - a single prctl
        )
    try:
        _await_answer(process, port, log)
        yield f"http://{HOST}:{port}"
    finally:
        process.terminate()
        process.wait(20)


def answers(address: str, target: Target) -> bool:
    """Whether there is what ``target`` asks for; if not, say so."""
    ask = target.asks[0]
    if ask.body is not None:
        return True
    asked = urllib.request.Request(address + ask.path, headers=ask.headers)  # noqa: S310 - http
    try:
        urllib.request.urlopen(asked, timeout=10).close()  # noqa: S310
    except urllib.error.HTTPError as refused:
        print(f"left out: {target.name} answers {refused.code}", file=sys.stderr)
        return False
    return True


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind((HOST, 0))
        return int(probe.getsockname()[1])


def _await_answer(process: subprocess.Popen[bytes], port: int, log: Path) -> None:
    patience = time.monotonic() + _SECONDS_TO_START
    while True:
        try:
            urllib.request.urlopen(f"http://{HOST}:{port}/nothing", timeout=5)
        except urllib.error.HTTPError:
            return
        except OSError:
            if process.poll() is not None or time.monotonic() > patience:
                msg = f"The server does not start; see {log}."
                raise CannotMeasureError(msg) from None
            time.sleep(0.1)
        else:
            return
