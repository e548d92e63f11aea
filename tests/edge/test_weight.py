"""What a request may cost the process that serves it (T51)."""

import contextlib
import socket
from pathlib import Path
from urllib.parse import urlsplit

from tests.serving import serving

GIGABYTE = 1 << 30
STEP = 1 << 20
CHUNK = b"%x\r\n" % STEP + b"x" * STEP + b"\r\n"
MOST = 20 * 1_024  # kB that it may grow by


def server_at(port: int) -> Path:
    """The folder in which the kernel tells of the process that listens there."""
    mark = b"--port\0%d\0" % port
    return next(one.parent for one in Path("/proc").glob("[0-9]*/cmdline") if mark in _read(one))


def _read(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError:  # it has ended
        return b""


def resident(process: Path) -> int:
    """The memory that a process holds, in kB."""
    return int((process / "status").read_text().partition("VmRSS:")[2].split()[0])


def poured(address: str, length: int, watch=lambda: None) -> bytes:
    """Send so much in chunks, whatever is answered, until nobody takes any more."""
    where = urlsplit(address)
    said = b""
    with socket.create_connection((where.hostname, where.port), timeout=10) as connection:
        head = (
            f"POST /api/v1/accounts/sign-ups HTTP/1.1\r\nHost: {where.netloc}\r\n"
            "Content-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\n"
        )
        connection.sendall(head.encode())
        with contextlib.suppress(ConnectionError):
            for number in range(length // STEP):
                connection.sendall(CHUNK)
                if number % 16 == 0:
                    watch()
        with contextlib.suppress(OSError):
            said = connection.recv(65_536)
    return said


def test_a_gigabyte_that_nobody_wants_costs_no_memory_t51(own_database, tmp_path):
    with serving(own_database, tmp_path) as address:
        process = server_at(urlsplit(address).port)
        poured(address, 4 * STEP)  # what such a request loads for good
        before = resident(process)
        seen: list[int] = []
        said = poured(address, GIGABYTE, lambda: seen.append(resident(process)))
        seen.append(resident(process))
    assert b" 413 " in said.partition(b"\r\n")[0]
    assert max(seen) - before < MOST, (before, max(seen))
