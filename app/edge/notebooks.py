"""What reading leaves behind, noted in memory and written now and then, and at the end.

Reading a page must not write. A process that is killed loses what it noted since the last writing:
half a minute of it.
"""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Protocol

import structlog

from app.core.db import Sessions, transaction
from app.features.appearances.noting import Notebook, add_up

EVERY_SECONDS = 30
_log = structlog.get_logger()


class Notes(Protocol):
    """Something that is noted."""

    async def write(self, sessions: Sessions) -> None:
        """Write what was noted, and forget it."""


class Appearances:
    """What was shown; what cannot be written stays noted."""

    def __init__(self, notebook: Notebook) -> None:
        self._notebook = notebook

    async def write(self, sessions: Sessions) -> None:
        """Add what was noted to the sums of its day, and forget it."""
        taken = self._notebook.taken()
        if not taken:
            return
        try:
            async with transaction(sessions) as session:
                await add_up(session, taken)
        except Exception:
            self._notebook.noted.update(taken)
            raise


@asynccontextmanager
async def written_down(sessions: Sessions, *notes: Notes) -> AsyncIterator[None]:
    """Write notes every half minute and at the end."""

    async def write_on() -> None:
        while True:
            await asyncio.sleep(EVERY_SECONDS)
            for one in notes:
                try:
                    await one.write(sessions)
                except Exception:  # noqa: BLE001 - the next try may do, and nothing else must end
                    _log.exception("notes.not_written", notes=type(one).__name__)

    writing = asyncio.create_task(write_on())
    yield
    writing.cancel()
    for one in notes:
        await one.write(sessions)
