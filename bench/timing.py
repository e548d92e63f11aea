"""How long reads take: at the client, and of the processor of the server's process.

Where a machine has other things to do, only the latter says what the database does for a read.
"""

import statistics
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from app.core.reads import Params, Prepared, Reader
from app.runtime import Runtime

_SETTLED: Final = 12  # executions; PostgreSQL decides about generic plans after five


@dataclass(frozen=True, slots=True)
class Spent:
    """Milliseconds: at the client, the middle one; of the processor, the middle and the least."""

    waited: float
    worked: float
    least: float


class Timed:
    """A reader that counts milliseconds: of reads, and of the server's processor for them."""

    def __init__(self, reader: Reader, backend: Path) -> None:
        self._reader = reader
        self._backend = backend
        self.spent = self.worked = 0.0

    async def all(self, read: Prepared, params: Params) -> list[Any]:
        """Return every row."""
        began, before = time.perf_counter(), self._processor()
        rows = await self._reader.all(read, params)
        self.spent += (time.perf_counter() - began) * 1_000
        self.worked += self._processor() - before
        return rows

    def _processor(self) -> float:
        """Return how long the server's process has worked so far, where Linux tells."""
        if not self._backend.exists():
            return 0.0
        return int(self._backend.read_text(encoding="ascii").split()[0]) / 1_000_000

    async def first(self, read: Prepared, params: Params) -> Any | None:
        """Return the first row, or None."""
        rows = await self.all(read, params)
        return rows[0] if rows else None


async def backend_of(rt: Runtime) -> Path:
    """Return where Linux tells what the server's process for reads has worked; there is one."""
    async with rt.database.reads.connection() as connection:
        return Path(f"/proc/{connection.info.backend_pid}/schedstat")


async def spent_on(rt: Runtime, read: Callable[[Timed], Awaitable[Any]], times: int) -> Spent:
    """Read some times, once PostgreSQL has settled on its plans."""
    backend = await backend_of(rt)
    for _ in range(_SETTLED):
        await read(Timed(rt.reader, backend))
    each = []
    for _ in range(times):
        timed = Timed(rt.reader, backend)
        await read(timed)
        each.append((timed.spent, timed.worked))
    waited, worked = zip(*each, strict=True)
    return Spent(statistics.median(waited), statistics.median(worked), min(worked))
