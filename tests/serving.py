"""The real web and job processes, for tests that need a server on a socket."""

import contextlib
import os
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import httpx

from app.core.secret import signing_key


def free_port() -> int:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        return taken.getsockname()[1]


@contextlib.contextmanager
def serving(dsn: str, var_dir: Path) -> Iterator[str]:
    """Serve the database at ``dsn``; mails go to ``var_dir/mail``. Yield the address."""
    port = free_port()
    address = f"http://127.0.0.1:{port}"
    env = {
        **os.environ,
        "KONTOR_DATABASE_URL": dsn,
        "KONTOR_VAR_DIR": str(var_dir),
        "KONTOR_BASE_URL": address,
        "KONTOR_SECRET": signing_key(),  # so that keys that a test hands out lead somewhere
    }
    web = ["uvicorn", "app.main:create_app", "--factory", "--port", str(port)]
    children = [
        subprocess.Popen([sys.executable, "-m", *command], env=env, stderr=subprocess.DEVNULL)
        for command in ([*web, "--log-level", "warning"], ["app.worker"])
    ]
    try:
        _wait_for(address)
        yield address
    finally:
        for child in children:
            child.terminate()
        for child in children:
            with contextlib.suppress(subprocess.TimeoutExpired):
                child.wait(10)
            child.kill()
            child.wait()


def _wait_for(address: str) -> None:
    until = time.monotonic() + 60
    while True:
        try:
            httpx.get(f"{address}/api/v1/topics", timeout=5)
        except httpx.TransportError:
            if time.monotonic() > until:
                raise
            time.sleep(0.1)
        else:
            return
